import { z } from "@hono/zod-openapi";
import { LIVE_PROTOCOL, LOOKER_HEADER } from "../../../durable-objects/event-hub/audience.ts";
import { textOfLooker } from "../../../durable-objects/event-hub/looker.ts";
import { ask } from "../http/ask.ts";
import { type Api, operation } from "../http/operation.ts";
import { problem } from "../http/problem.ts";
import { eventHub } from "../live/event-hub.ts";

export function addLive(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/v1/live",
      operationId: "live",
      tags: ["events"],
      summary: "State, events and sampled decisions as they come, through a WebSocket",
      description: `Subprotocol ${LIVE_PROTOCOL}; the token in Authorization, or as the subprotocol "bearer.<token>".
Send {"subscribe": {"service": null, "state": true, "decisions": false}} to choose. What comes is {"type": "state", …} every
1.5 s with what GET /v1/topology answers, {"type": "event", "event": …} and {"type": "decision", "decision": …}.
After 15 minutes it ends with 4401, as it does when the token ends: open another.`,
      needs: { scopes: ["read"], services: "filtered" },
      request: { query: z.strictObject({}) },
      problems: ["upgrade-required"],
      responses: { 101: { description: "The connection is a WebSocket now" } },
    },
    async (context) => {
      const { req } = context;
      if (req.header("upgrade")?.toLowerCase() !== "websocket") {
        return problem(context, "upgrade-required", "open a WebSocket", { headers: { upgrade: "websocket" } });
      }
      // Browsers let any page open a socket anywhere, and say which page it was.
      const origin = req.header("origin");
      if (origin !== undefined && origin !== new URL(req.url).origin) {
        return problem(context, "forbidden", "pages of other origins may not look");
      }
      const protocols = (req.header("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
      if (protocols[0] !== "" && !protocols.includes(LIVE_PROTOCOL)) {
        return problem(context, "malformed-request", `the subprotocol is ${LIVE_PROTOCOL}`);
      }
      const headers = { upgrade: "websocket", [LOOKER_HEADER]: textOfLooker(context.get("caller")) };
      const answer = await ask("the event hub", () =>
        eventHub(context.env).fetch(new Request("https://event-hub/live", { headers })),
      );
      if (answer.status === 401) return problem(context, "unauthorized", "the token was revoked");
      if (answer.status === 429) return problem(context, "too-many-requests", "too many sockets are open");
      if (answer.status !== 101) return problem(context, "unavailable", "the event hub takes no socket of this caller");
      return new Response(null, {
        status: 101,
        webSocket: answer.webSocket,
        // Whoever asked for no subprotocol must not be given one.
        ...(protocols[0] !== "" && { headers: { "sec-websocket-protocol": LIVE_PROTOCOL } }),
      });
    },
  );
}
