import { request as httpsRequest } from "node:https";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import { ask } from "../../harness/ask.ts";
import { createAuthority } from "../../harness/certificates.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";

const own = createResources();
afterAll(own.close);

describe("security headers", () => {
  let edge: Edge;
  let ca = "";

  beforeAll(async () => {
    const authority = await createAuthority("edge");
    ca = authority.cert;
    const origin = await own.origin("shop", {
      respond: (_, response) => {
        response
          .writeHead(200, { server: "Apache/2.4.1", "x-powered-by": "PHP/5.3", "x-frame-options": "ALLOWALL" })
          .end("page");
      },
    });
    const security = (securityHeaders: object) => ({ type: "SecurityHeaders", securityHeaders }) as const;
    const backendRefs = [{ service: "shop" }];
    edge = await own.edge(
      rulesByPath(
        { shop: serviceOf([origin]) },
        {
          "/default": { filters: [{ type: "SecurityHeaders" }], backendRefs },
          "/replace": { filters: [security({ conflict: "replace", frameOptions: "DENY" })], backendRefs },
          "/refused": { filters: [security({})], backendRefs: [{ invalid: "BackendNotFound: no such Service" }] },
          "/redirect": {
            filters: [security({}), { type: "RequestRedirect", requestRedirect: { hostname: "b.test" } }],
          },
          "/backend": {
            filters: [security({ frameOptions: "DENY", conflict: "replace" })],
            backendRefs: [
              { service: "shop", filters: [security({ frameOptions: "SAMEORIGIN", conflict: "replace" })] },
            ],
          },
          "/plain": { backendRefs },
        },
      ),
      { tls: await authority.issue("localhost", ["localhost"]) },
    );
  });

  /** Over TLS. */
  const askSecurely = (path: string) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      httpsRequest({ host: "localhost", port: edge.tlsPort, path, ca, agent: false, family: 4 }, (answer) => {
        answer.resume();
        resolve(answer.headers);
      })
        .on("error", reject)
        .end();
    });

  it("are on answers of the origin, whose own values stay", async () => {
    const { headers } = await ask(edge, "/default");
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "ALLOWALL",
      "referrer-policy": "strict-origin-when-cross-origin",
    });
    for (const name of ["server", "x-powered-by"]) expect(headers).not.toHaveProperty(name);
  });

  it("replace the origin's where that is asked for; a backend's take the place of the rule's", async () => {
    expect((await ask(edge, "/replace")).headers["x-frame-options"]).toBe("DENY");
    expect((await ask(edge, "/backend")).headers["x-frame-options"]).toBe("SAMEORIGIN");
  });

  it.each([
    ["/refused", 500],
    ["/redirect", 302],
  ])("are on the mesh's own answers (%s)", async (path, status) => {
    const answer = await ask(edge, path);
    expect([answer.status, answer.headers["x-content-type-options"]]).toEqual([status, "nosniff"]);
  });

  it("bind browsers to TLS only where the request came by TLS", async () => {
    expect((await ask(edge, "/default")).headers).not.toHaveProperty("strict-transport-security");
    expect(await askSecurely("/default")).toMatchObject({ "strict-transport-security": "max-age=31536000" });
  });

  it("are nowhere that did not ask for them", async () => {
    const headers = await askSecurely("/plain");
    expect(headers).toMatchObject({ server: "Apache/2.4.1" });
    expect(headers).not.toHaveProperty("x-content-type-options");
  });
});
