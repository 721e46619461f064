import { afterEach, describe, expect, it } from "vitest";
import { askEdge } from "../../../../src/cli/explain/ask-edge.ts";
import { type Origin, startOrigin } from "../../../../src/cli/origin/start-origin.ts";

const started: Origin[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((origin) => origin.close()));
});

type Seen = (url: string, form: string, token?: string) => void;

async function edge(status: number, body: string, onRequest: Seen = () => {}) {
  const one = await startOrigin({
    name: "edge",
    respond: async (request, response) => {
      const form = Buffer.concat(await request.toArray()).toString();
      onRequest(request.url ?? "", form, request.headers["x-heddle-debug"] as string | undefined);
      response.writeHead(status).end(body);
    },
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
  it("describes the request where nobody logs it, and sends the token", async () => {
    const seen: (string | undefined)[] = [];
    const url = await edge(200, '{"backends":[]}', (...asked) => void seen.push(...asked));
    await askEdge({ ...query(url), headers: ["x-a: 1", "x-a: 2"], token: "secret" });
    const [path, form, token] = seen;
    expect(path).toBe("/.heddle/explain");
    const asked = new URLSearchParams(form);
    expect(asked.get("url")).toBe("http://shop.test/a?b=1&c");
    expect(asked.get("method")).toBe("PUT");
    expect(asked.getAll("header")).toEqual(["x-a: 1", "x-a: 2"]);
    expect(token).toBe("secret");
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
