import { afterEach, describe, expect, it } from "vitest";
import { askEdge } from "../../../../src/cli/explain/ask-edge.ts";
import { type Origin, startOrigin } from "../../../../src/cli/origin/start-origin.ts";

const started: Origin[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((origin) => origin.close()));
});

async function edge(status: number, body: string, onRequest: (url: string, token?: string) => void = () => {}) {
  const one = await startOrigin({
    name: "edge",
    onRequest: ({ url, headers }) => onRequest(url ?? "", headers["x-heddle-debug"] as string | undefined),
    respond: (_, response) => void response.writeHead(status).end(body),
  });
  started.push(one);
  return one.url;
}

const query = (url: string) => ({
  edge: url,
  url: "http://shop.test/a?b=1&c",
  method: "PUT",
  headers: [],
  token: null,
});

describe("askEdge", () => {
  it("describes the request and sends the token", async () => {
    const seen: (string | undefined)[] = [];
    const url = await edge(200, '{"backends":[]}', (...asked) => void seen.push(...asked));
    await askEdge({ ...query(url), headers: ["x-a: 1", "x-a: 2"], token: "secret" });
    const asked = new URL(seen[0]!, url);
    expect(asked.pathname).toBe("/.heddle/explain");
    expect(asked.searchParams.get("url")).toBe("http://shop.test/a?b=1&c");
    expect(asked.searchParams.get("method")).toBe("PUT");
    expect(asked.searchParams.getAll("header")).toEqual(["x-a: 1", "x-a: 2"]);
    expect(seen[1]).toBe("secret");
  });

  it.each([
    [401, "", "unauthorized", "--token"],
    [400, "explain needs ?url=", "no_explanation", "--edge"],
    [200, "<html>", "no_explanation", "--edge"],
    [200, "null", "no_explanation", "--edge"],
  ])("refuses an answer of %i with %j as %s", async (status, body, code, fix) => {
    const failure = { code, fix: expect.stringContaining(fix) };
    await expect(askEdge(query(await edge(status, body)))).rejects.toMatchObject(failure);
  });

  it("says when nobody answers", async () => {
    await expect(askEdge(query("http://127.0.0.1:1"))).rejects.toMatchObject({
      code: "unreachable",
      message: expect.stringContaining("no edge answers at http://127.0.0.1:1"),
    });
  });
});
