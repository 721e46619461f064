/**
 * Pages of other sites, open in the browser of somebody who may do everything. A credential that browsers add by themselves, as
 * Cloudflare Access does with its cookie, is stood in for by a token in the header.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, startApi } from "../control/api-client.ts";
import { openLive } from "../control/live-socket.ts";

const ORIGIN = "https://evil.example";

describe("pages of other sites", () => {
  let api: Api;
  let calls: readonly { readonly method: string; readonly path: string; readonly hasBody: boolean }[];
  beforeAll(async () => {
    api = await startApi();
    calls = Object.entries(api.document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { requestBody }]) => ({
        method: method.toUpperCase(),
        path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === "service" ? "shop" : "x")),
        hasBody: requestBody !== undefined,
      })),
    );
  });
  afterAll(() => api?.stop());

  it("cannot change anything by a request that browsers send unasked", async () => {
    const through = [];
    for (const { method, path } of calls.filter((call) => call.method === "POST")) {
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
        const { status } = await api.ask(path, { method, text: '{"name":"x"}', type, headers: { origin: ORIGIN } });
        if (status !== 415) through.push(`${path} ${type} ${status}`);
      }
    }
    expect(through).toEqual([]);
    // Everything else needs a preflight, which nobody answers with leave.
    const preflights = await Promise.all(
      calls.map(({ method, path }) =>
        api.ask(path, {
          method: "OPTIONS",
          token: null,
          headers: { origin: ORIGIN, "access-control-request-method": method },
        }),
      ),
    );
    for (const { status, headers } of preflights) {
      expect(status).toBe(401);
      expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
  });

  it("are not told that they may read or frame any answer", async () => {
    for (const { path } of calls.filter(({ method, path }) => method === "GET" && path !== "/v1/live")) {
      const { headers } = await api.ask(path, { headers: { origin: ORIGIN } });
      expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(headers.get("cache-control")).toMatch(/private|no-store/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  it("cannot open the live socket, even with a token", async () => {
    const authorization = `Bearer ${api.edge.controlToken}`;
    expect(await openLive(api, { headers: { authorization, origin: ORIGIN } })).toBe(403);
    expect(await openLive(api, { headers: { authorization, origin: "null" } })).toBe(403);
    expect(await openLive(api, { headers: { origin: ORIGIN } })).toBe(401);
    const same = await openLive(api, { headers: { authorization, origin: api.edge.controlUrl } });
    expect(typeof same).toBe("object");
    if (typeof same === "object") same.close();
  });
});
