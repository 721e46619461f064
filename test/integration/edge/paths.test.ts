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
routes:
  - hostnames: [paths.test]
    rules:
      - matches: [{ path: { value: /admin } }]
        backendRefs: [{ service: admin }]
      - matches: [{ path: { type: Exact, value: /exact } }]
        backendRefs: [{ service: based }]
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
    ["/public/%61%20b", "public /public/%61%20b"],
    ["/public/..%2fadmin", "public /public/..%2fadmin"],
    ["/public//x", "public /public//x"],
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
  });
});
