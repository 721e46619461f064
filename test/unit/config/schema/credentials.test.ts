import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";

const base = (credentials: string, service = "", endpoint = "") => `
credentials: { ${credentials} }
services:
  shop: { endpoints: [{ id: a, url: "https://a.example.com"${endpoint} }, { id: b, url: "https://b.example.com" }]${service} }
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]`;

const faultsOf = (text: string) => {
  const decoded = parseConfig(text);
  return decoded.ok ? [] : decoded.faults.map(({ path, message, suggestion }) => [path, message, suggestion]);
};
async function compiled(text: string) {
  const decoded = parseConfig(text);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return compileMesh(decoded.config, { nowMs: 1 });
}

const TOKEN = 'token: { type: Headers, headers: { Authorization: { secret: SHOP_TOKEN, prefix: "Bearer " } } }';
const KEY = 'key: { type: Headers, headers: { X-Key: { secret: SHOP_KEY, prefix: "v1 " } } }';
const HMAC = "edge: { type: HMAC, keyId: edge-1, key: { secret: EDGE_KEY } }";
const SIGNATURE = (more = "") =>
  `sig: { type: MessageSignature, keyId: k, algorithm: ed25519, key: { secret: KEY }${more} }`;

describe("credentials for origins", () => {
  it("are compiled in their order with every default, and referred to by index", async () => {
    const mesh = await compiled(base(`${KEY}, ${HMAC}`, ", credentials: [edge]", ", credentials: [key, edge]"));
    expect(mesh.credentials).toEqual([
      { name: "key", type: "headers", headers: [["x-key", "v1 ", { secret: "SHOP_KEY" }]] },
      {
        name: "edge",
        type: "hmac",
        keyId: "edge-1",
        key: { secret: "EDGE_KEY" },
        signsBody: true,
        maxBodyBytes: 1_048_576,
      },
    ]);
    const [shop] = mesh.services;
    expect([shop!.credentials, shop!.endpoints.map(({ credentials }) => credentials)]).toEqual([
      [1],
      [[0, 1], undefined],
    ]);
  });

  it("are absent where there are none, and none on purpose where the list is empty", async () => {
    const bare = await compiled(base(""));
    expect(bare).not.toHaveProperty("credentials");
    expect(bare.services[0]).not.toHaveProperty("credentials");
    const [shop] = (await compiled(base(TOKEN, ", credentials: [token]", ", credentials: []"))).services;
    expect(shop!.endpoints[0]!.credentials).toEqual([]);
  });

  it("sign the digest last where it is not listed, and not at all where it is not sent", async () => {
    const components = async (more: string) => {
      const [plan] = (await compiled(base(SIGNATURE(more)))).credentials!;
      return plan!.type === "message-signature" ? plan!.components : [];
    };
    expect(await components("")).toEqual([
      "@method",
      "@authority",
      "@path",
      "@query",
      "content-type",
      "content-digest",
    ]);
    expect(await components(', components: [content-digest, "@path"]')).toEqual(["content-digest", "@path"]);
    expect(await components(', components: ["@path"], contentDigest: false')).toEqual(["@path"]);
  });

  it.each([
    [
      "an unknown name",
      base(TOKEN, ", credentials: [tokn]"),
      "services.shop.credentials[0]",
      "there is no credential tokn",
      "token",
    ],
    [
      "an unknown name of an endpoint",
      base(TOKEN, "", ", credentials: [x]"),
      "services.shop.endpoints[0].credentials[0]",
      "there is no credential x",
      undefined,
    ],
    [
      "a name that is there twice",
      base(TOKEN, ", credentials: [token, token]"),
      "services.shop.credentials[1]",
      "token is there already",
      undefined,
    ],
    [
      "two that set one header",
      base(`${TOKEN}, ${HMAC}`, ", credentials: [token, edge]"),
      "services.shop.credentials[1]",
      "edge sets authorization, as token does",
      undefined,
    ],
    [
      "a component that proxies change",
      base(SIGNATURE(", components: [via]")),
      "credentials.sig.components[0]",
      "is changed on the way, which would break the signature",
      undefined,
    ],
    [
      "a component that is there twice",
      base(SIGNATURE(', components: ["@path", "@path"]')),
      "credentials.sig.components[1]",
      "@path is there already",
      undefined,
    ],
    [
      "a digest of a caller",
      base(SIGNATURE(", components: [content-digest], contentDigest: false")),
      "credentials.sig.components[0]",
      "would be a caller's word for the body: contentDigest is false",
      undefined,
    ],
  ])("find fault with %s", (_, text, path, message, suggestion) => {
    expect(faultsOf(text)).toEqual([[path, message, suggestion]]);
  });

  it.each([
    ["@status", SIGNATURE(', components: ["@status"]'), "is no derived component of requests"],
    [
      "headers of the connection",
      "t: { type: Headers, headers: { Connection: { secret: X } } }",
      "is not a header that can be set",
    ],
    ["a secret's value", "t: { type: Headers, headers: { x-key: s3cret } }", "expected"],
    [
      "x-amz-… that is none",
      "a: { type: AWSSigV4, region: r, service: s3, accessKeyId: { secret: A }, secretAccessKey: { secret: B }, passHeaders: [x-other] }",
      'must begin with "x-amz-"',
    ],
  ])("refuse %s", (_, credentials, message) => {
    const faults = faultsOf(base(credentials));
    expect(faults).toHaveLength(1);
    expect(faults[0]![1]).toContain(message);
  });
});
