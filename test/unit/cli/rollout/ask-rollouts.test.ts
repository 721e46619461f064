import { afterEach, describe, expect, it } from "vitest";
import { type Origin, startOrigin } from "../../../../src/cli/origin/start-origin.ts";
import { listRollouts, operateRollout, showRollout } from "../../../../src/cli/rollout/ask-rollouts.ts";

const started: Origin[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((origin) => origin.close()));
});

/** An edge that answers so, and what it was asked. */
async function edge(status: number, body: string) {
  const seen: { method: string; url: string; authorization: string | undefined; body: string }[] = [];
  const one = await startOrigin({
    name: "edge",
    respond: (request, response) => {
      let text = "";
      request.on("data", (chunk) => {
        text += chunk;
      });
      request.on("end", () => {
        const { method = "", url = "", headers } = request;
        seen.push({ method, url, authorization: headers.authorization, body: text });
        response.writeHead(status).end(body);
      });
    },
  });
  started.push(one);
  return { access: { edge: one.url, token: "secret" }, seen };
}

describe("asking an edge for its rollouts", () => {
  it("lists them with the token", async () => {
    const { access, seen } = await edge(200, '{"rollouts":[{"name":"a","error":"away"}]}');
    expect(await listRollouts(access)).toEqual([{ name: "a", error: "away" }]);
    expect(seen).toEqual([{ method: "GET", url: "/.heddle/rollouts", authorization: "Bearer secret", body: "" }]);
  });

  it("says an operator's word, with who says so", async () => {
    const { access, seen } = await edge(200, '{"name":"a","phase":"running"}');
    expect(await operateRollout(access, "a", { action: "start", by: "ada" })).toMatchObject({ phase: "running" });
    expect(seen[0]).toMatchObject({
      method: "POST",
      url: "/.heddle/rollouts/a",
      body: '{"action":"start","by":"ada"}',
    });
  });

  it.each([
    [401, "{}", "unauthorized", "holders of a token"],
    [409, '{"title":"pause: it is idle"}', "refused", "409: pause: it is idle"],
    [200, "<html>", "refused", "<html>"],
  ])("refuses an answer of %i with %j as %s", async (status, body, code, message) => {
    const { access } = await edge(status, body);
    await expect(showRollout(access, "a")).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it("says so when nobody answers", async () => {
    const { access } = await edge(200, "{}");
    await Promise.all(started.splice(0).map((origin) => origin.close()));
    await expect(showRollout(access, "a")).rejects.toMatchObject({ code: "unreachable" });
  });
});
