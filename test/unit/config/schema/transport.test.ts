import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";
import { refuses, shop } from "./faulty.ts";

const at = (url: string, ...lines: readonly string[]) =>
  [
    "services:",
    "  shop:",
    `    endpoints: [{ id: a, url: "${url}" }]`,
    ...lines.map((line) => `    ${line}`),
    "routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]",
  ].join("\n");

async function serviceOf(text: string) {
  const decoded = parseConfig(text);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return (await compileMesh(decoded.config, { nowMs: 0 })).services[0]!;
}

const PUBLIC = "http://shop.example.com/base";

describe("plaintext", () => {
  refuses([
    [
      "an endpoint that would be asked over the internet in the clear",
      at(PUBLIC),
      "services.shop.endpoints[0].url",
      3,
      "set `plaintext` of the service to upgrade or allow",
      "https://shop.example.com/base",
    ],
    [
      "http within a private network where the service refuses it",
      at("http://10.0.0.1", "plaintext: refuse"),
      "services.shop.endpoints[0].url",
      3,
      "does not allow",
      "https://10.0.0.1/",
    ],
    ["a word that is none", shop("plaintext: maybe"), "services.shop.plaintext", 4, "private"],
    [
      "a certificate's binding that no binding can be called",
      shop("clientCertificate: my-cert"),
      "services.shop.clientCertificate",
      4,
      "must be the name of a binding",
    ],
  ]);

  it.each([
    ["allow", PUBLIC, "http://shop.example.com"],
    ["upgrade", PUBLIC, "https://shop.example.com"],
    ["upgrade", "http://shop.example.com:8080", "https://shop.example.com:8080"],
    ["private", "http://shop.default.svc:8080", "http://shop.default.svc:8080"],
  ])("%s compiles %s to %s, and leaves nothing for requests to look at", async (plaintext, url, origin) => {
    const service = await serviceOf(at(url, `plaintext: ${plaintext}`));
    expect(service.endpoints[0]!.origin).toBe(origin);
    expect(service.plaintext).toBeUndefined();
  });

  it("goes along with a service whose endpoints are found, and with its parts", async () => {
    const discovery = "discovery: { registration: {} }";
    const subsets = "subsets: { v2: { labels: { version: two } } }";
    expect(await serviceOf(at("https://a.example.com", discovery, subsets))).toMatchObject({ plaintext: "private" });
    expect((await serviceOf(at(PUBLIC, discovery, "plaintext: allow"))).plaintext).toBeUndefined();
  });
});

describe("a client certificate", () => {
  it("is the service's, and an endpoint's own where it has one", async () => {
    const text = at("https://a.example.com", "clientCertificate: SHOP_CERT").replace(
      "url:",
      "clientCertificate: OTHER_CERT, url:",
    );
    const service = await serviceOf(text);
    expect([service.clientCertificate, service.endpoints[0]!.clientCertificate]).toEqual(["SHOP_CERT", "OTHER_CERT"]);
    expect(await serviceOf(at("https://a.example.com"))).not.toHaveProperty("clientCertificate");
  });
});
