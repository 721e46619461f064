import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { askIssuer, lifetimeMs, tokenIn } from "../../../../../src/security/origin/tokens/ask-issuer.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function issuer(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
}

const answering = (status: number, body: string, headers: Record<string, string> = {}) =>
  issuer((_, response) => response.writeHead(status, headers).end(body));

describe("an issuer", () => {
  it("is sent a form, and gives an object", async () => {
    let seen = "";
    const url = await issuer((request, response) => {
      request.on("data", (part) => {
        seen += String(part);
      });
      request.on("end", () => response.end(JSON.stringify({ type: request.headers["content-type"] })));
    });
    expect(await askIssuer(url, { scope: "a b", secret: "&=%" })).toEqual({
      ok: true,
      fields: { type: "application/x-www-form-urlencoded" },
    });
    expect(Object.fromEntries(new URLSearchParams(seen))).toEqual({ scope: "a b", secret: "&=%" });
  });

  it.each([
    [
      400,
      '{"error":"invalid_client","error_description":"the secret hunter2 is wrong"}',
      "answers 400 (invalid_client)",
    ],
    [401, '{"error":"the secret hunter2 is wrong"}', "answers 401"],
    [500, "<html>hunter2</html>", "answers 500"],
    [200, "hunter2", "is no JSON object"],
    [200, '["hunter2"]', "is no JSON object"],
    [201, '{"access_token":"hunter2"}', "answers 201"],
  ])("that answers %d %s is told by its status and its code alone", async (status, body, why) => {
    const answer = await askIssuer(await answering(status, body), {});
    expect(answer).toEqual({ ok: false, why: expect.stringContaining(why) });
    expect(JSON.stringify(answer)).not.toContain("hunter2");
  });

  it("is not followed elsewhere: the secret would go along", async () => {
    const answer = await askIssuer(await answering(307, "", { location: "https://elsewhere.example" }), {});
    expect(answer).toEqual({ ok: false, why: "the issuer answers 307" });
  });

  it("may not answer with more than a token", async () => {
    const answer = await askIssuer(await answering(200, `{"access_token":"${"a".repeat(70_000)}"}`), {});
    expect(answer).toEqual({ ok: false, why: "the issuer's answer is no JSON object, or too large" });
  });

  it("that cannot be reached is no more than that", async () => {
    const url = await answering(200, "{}");
    server!.close();
    server!.closeAllConnections();
    expect(await askIssuer(url, { secret: "hunter2" })).toEqual({ ok: false, why: "the issuer cannot be reached" });
  });
});

describe("a token", () => {
  it.each([undefined, null, 7, "", "with space", "line\nbreak", "é", "a".repeat(17_000)])("is none: %j", (value) => {
    expect(tokenIn(value)).toEqual({ ok: false, why: "the issuer's answer has no token in it" });
  });

  it("is any visible text", () => {
    expect(tokenIn("ya29.a0-b_c~/+==")).toEqual({ ok: true, token: "ya29.a0-b_c~/+==" });
  });

  it.each([
    [3_600, 3_600_000],
    ["3599", 3_599_000],
    [0.5, 500],
    [undefined, 300_000],
    [0, 300_000],
    [-1, 300_000],
    [Number.NaN, 300_000],
    ["soon", 300_000],
    [1e12, 86_400_000],
    [Number.POSITIVE_INFINITY, 86_400_000],
  ])("that lives for %j is used for %d ms", (seconds, expected) => {
    expect(lifetimeMs(seconds)).toBe(expected);
  });
});
