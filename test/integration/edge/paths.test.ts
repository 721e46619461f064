import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { type Answer, ask, askRaw } from "../harness/ask.ts";
import { createResources } from "../harness/resources.ts";

const own = createResources();
afterAll(own.close);

/** What was matched (by the service that answered) and what the origin was asked for. */
function told({ status, text, headers }: Answer): string {
  if (status !== 200) return `${status} ${headers["x-heddle-flags"] ?? ""}`;
  const { path } = JSON.parse(text) as { path: string };
  return `${headers["x-heddle-service"]} ${path}`;
}

describe("paths", () => {
  let edge: Edge;

  beforeAll(async () => {
    const { url } = await own.origin("aws");
    edge = await own.edge(`
services:
  public: { endpoints: [{ id: aws, url: "${url}" }] }
  admin: { endpoints: [{ id: aws, url: "${url}" }] }
  based: { endpoints: [{ id: aws, url: "${url}/base/v1/" }] }
  empty: { endpoints: [] }
routes:
  - hostnames: [paths.test]
    rules:
      - matches: [{ path: { value: /admin } }]
        backendRefs: [{ service: admin }]
      - matches: [{ path: { type: Exact, value: /exact } }]
        backendRefs: [{ service: based }]
      - matches: [{ path: { type: RegularExpression, value: "/items/[0-9]+" } }]
        backendRefs: [{ service: based }]
      - matches: [{ path: { value: /nowhere } }]
        backendRefs: [{ service: empty }]
      - matches: [{ path: { value: /invalid } }]
        backendRefs: [{ invalid: RefNotPermitted }]
      - matches: [{ path: { value: /nothing } }]
      - matches: [{ path: { value: /public } }]
        backendRefs: [{ service: public }]
`);
  });

  it.each([
    // path as sent, what it must match, and what the origin gets
    ["/public/x", "public /public/x"],
    ["/public", "public /public"],
    ["/publicity", "404 NR"],
    ["/public/../admin/x", "admin /admin/x"],
    ["/public/%2e%2e/admin/x", "admin /admin/x"],
    ["/public/.%2E/admin/x", "admin /admin/x"],
    ["/public/./x", "public /public/x"],
    ["/admin/../../../admin", "admin /admin"],
    ["/public/..", "404 NR"],
    ["/public\\..\\admin", "admin /admin"],
    ["/public/a%2Fb", "public /public/a%2Fb"],
    ["/public/%61%20b%c3%a9", "public /public/a%20b%C3%A9"],
    ["/%70ublic/x", "public /public/x"],
    ["/%61dmin", "admin /admin"],
    ["/%2561dmin", "404 NR"],
    ["/public/..%2fadmin", "public /public/..%2Fadmin"],
    ["/public/%", "public /public/%25"],
    ["/public//x", "public /public/x"],
    ["//admin", "admin /admin"],
    ["/public/..//admin", "admin /admin"],
    ["/items/42", "based /base/v1/items/42"],
    ["/items/x", "404 NR"],
    ["/ITEMS/42", "404 NR"],
    ["/nowhere", "503 UH"],
    ["/invalid", "500 NR"],
    ["/nothing", "500 NR"],
    ["/exact", "based /base/v1/exact"],
    ["/exact/", "404 NR"],
    ["/public/x?y=1&z=%20#", "public /public/x?y=1&z=%20"],
    ["/public?", "public /public"],
    ["/public/x?path=/../admin", "public /public/x?path=/../admin"],
    ["/ADMIN", "404 NR"],
  ])("%s goes to %s: what is matched is what is asked for", async (path, expected) => {
    expect(told(await ask(edge, path, { host: "paths.test" }))).toBe(expected);
  });

  it("in absolute form are the same as others", async () => {
    const received = await askRaw(edge, "GET http://paths.test/admin/x HTTP/1.1\r\nhost: paths.test\r\n\r\n");
    expect(received).toContain("x-heddle-service: admin");
    expect(received).toContain('"path":"/admin/x"');
  });

  it("match hosts whatever their case and port", async () => {
    expect(told(await ask(edge, "/public", { host: "PATHS.Test:8080" }))).toBe("public /public");
    expect(told(await ask(edge, "/public", { host: "paths.test." }))).toBe("public /public");
  });

  it.each(["user:pass@paths.test", "paths.test@evil.example", "paths%2Etest", "[::1", "paths.test:port"])(
    "are refused for a host like %s",
    async (host) => {
      const received = await askRaw(edge, `GET /public HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
      expect(received).toMatch(/^HTTP\/1\.1 400 /);
    },
  );
});
