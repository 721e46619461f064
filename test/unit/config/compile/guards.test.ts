import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";

const IDP = 'idp: { type: JWT, issuer: x, jwks: { uri: "https://idp.example.com/jwks" } }';
const config = (providers: string, route: string, rules = "[{ backendRefs: [{ service: shop }] }]") => `
authentication: { providers: { ${providers} } }
services: { shop: { endpoints: [{ id: a, url: "https://a.example.com" }] } }
routes: [{ ${route} rules: ${rules} }]
`;

async function compiled(text: string) {
  const decoded = parseConfig(text);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  const mesh = await compileMesh(decoded.config, { nowMs: 1 });
  const guardOf = mesh.routes[0]!.rules.map(({ guard }) =>
    guard === undefined ? null : mesh.guards?.[guard]?.authenticate,
  );
  return { mesh, guardOf };
}

function faultsOf(text: string) {
  const decoded = parseConfig(text);
  return decoded.ok ? [] : decoded.faults.map(({ path, message }) => `${path} ${message}`);
}

describe("guards", () => {
  it("are absent where nobody is asked anything", async () => {
    const { mesh, guardOf } = await compiled(config(IDP, ""));
    expect([mesh.guards, guardOf]).toEqual([undefined, [null]]);
  });

  it("are a route's unless its rule says otherwise, and are stored once", async () => {
    const rules =
      "[{ name: a }, { name: b }, { name: c, authentication: { providers: [idp], required: true } }, { name: d, authentication: { providers: [] } }]";
    const { mesh, guardOf } = await compiled(config(IDP, "authentication: { providers: [idp] },", rules));
    const asks = (required: boolean) => ({ providers: [0], required });
    expect(guardOf).toEqual([asks(false), asks(false), asks(true), null]);
    expect(mesh.guards).toHaveLength(2);
  });

  it("keep what only the mesh may say from every rule, once there is any", async () => {
    const says = IDP.replace(" }", " }, claimsToHeaders: { X-User: sub }").replace("} },", "},");
    const { mesh, guardOf } = await compiled(config(says, ""));
    expect(mesh.authentication?.reservedHeaders).toEqual(["x-user"]);
    expect(guardOf).toEqual([{ providers: [], required: false }]);
  });
});

describe("faults", () => {
  it("are providers that are not there, and two that read the same place", () => {
    const both = `${IDP}, keys: { type: APIKey, keys: { ci: { sha256: "${"ab".repeat(32)}" } }, from: [{ header: Authorization, prefix: "bearer" }] }`;
    expect(faultsOf(config(both, "authentication: { providers: [idp, keys, idb] },"))).toEqual([
      expect.stringMatching(/providers\[1\] keys looks at header authorization bearer, as idp does/),
      expect.stringMatching(/providers\[2\] there is no authentication provider idb/),
    ]);
  });

  it.each([
    ['{ type: JWT, issuer: x, algorithms: [none], jwks: { uri: "https://a.example/j" } }', /algorithms\[0\]/],
    ['{ type: JWT, issuer: x, algorithms: [HS256], jwks: { uri: "https://a.example/j" } }', /shared secret/],
    ["{ type: JWT, issuer: x, jwks: { keys: [{ kty: EC, d: abc }] } }", /part of a secret/],
    ['{ type: JWT, issuer: x, jwks: { uri: "https://u:p@a.example/j" } }', /jwks/],
    ["{ type: JWT, issuer: x, jwks: { secret: A }, claimsToHeaders: { host: sub } }", /set from a claim/],
    ["{ type: APIKey, keys: { a: { sha256: hunter2 } } }", /SHA-256 in hex/],
    [`{ type: APIKey, keys: { a: { sha256: ${"ab".repeat(32)}, expires: "2027-02-31T25:00:00Z" } } }`, /no date/],
    [`{ type: APIKey, keys: { a: { sha256: ${"ab".repeat(32)}, expires: "2027-01-31" } } }`, /with its offset/],
    ["{ type: Basic, users: { ada: hunter2 } }", /pbkdf2-sha256/],
    ["{ type: ClientCertificate }", /which certificates/],
  ])("are said of %s", (provider, expected) => {
    expect(faultsOf(config(`p: ${provider}`, "")).join("\n")).toMatch(expected);
  });
});
