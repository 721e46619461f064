import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import { ask, attemptsOf } from "../../harness/ask.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";
import { serviceIn, stateOf, until } from "../../harness/state.ts";

const own = createResources();
afterAll(own.close);

describe("an issuer that does not answer", () => {
  let edge: Edge;
  let asked = 0;

  beforeAll(async () => {
    const origin = await own.origin("guarded", {
      respond: (_, response) => {
        asked += 1;
        response.end();
      },
    });
    const open = await own.origin("open");
    const issuer = await own.origin("issuer", { respond: () => {} });
    const tokenUrl = `${issuer.url}/token`;
    const client = { clientId: "edge", clientSecret: { secret: "CLIENT_SECRET" } } as const;
    const check = { path: "/up", interval: "500ms", timeout: "300ms" };
    edge = await own.edge(
      rulesByPath(
        {
          guarded: serviceOf([origin], { credentials: ["token"], healthChecks: [check], retry: { attempts: 0 } }),
          open: serviceOf([open]),
        },
        { "/": { backendRefs: [{ service: "guarded" }], timeouts: { backendRequest: "300ms" } } },
        {
          authentication: { allow: ["http", "loopback"] },
          credentials: { token: { type: "ClientCredentials", tokenUrl, ...client } },
        },
      ),
      { bindings: { CLIENT_SECRET: "0123456789abcdef0123456789abcdef" } },
    );
  });

  it("is held against no endpoint, by requests or by probes", async () => {
    for (let round = 0; round < 3; round += 1) {
      const answer = await ask(edge, "/");
      expect([answer.status, answer.headers["x-heddle-flags"]]).toEqual([503, "URX,UF"]);
      expect(attemptsOf(answer.headers)).toEqual(["guarded:connect-failure"]);
    }
    const view = await until(
      "what the monitor makes of reports and probes",
      30_000,
      async () => {
        await ask(edge, "/");
        return stateOf(edge);
      },
      (state) => (serviceIn(state, "guarded").sync.calls ?? 0) >= 3,
    );
    const [endpoint] = serviceIn(view, "guarded").endpoints;
    expect(endpoint).toMatchObject({ id: "guarded", breaker: "closed" });
    expect(endpoint!.health).not.toBe("unhealthy");
    expect(asked).toBe(0);
  });
});
