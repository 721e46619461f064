import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../../src/config/decode.ts";
import { endpointFaults } from "../../../../workers/control/config/endpoint-faults.ts";

function faultsOf(text: string, settings: Parameters<typeof endpointFaults>[2] = {}) {
  const decoded = parseConfig(text);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return endpointFaults(decoded.config, { text, format: "yaml" }, settings).map(({ path, line }) => `${path}:${line}`);
}

const config = (url: string, hostname = "shop.example.com", more = "", plaintext = "allow") => `services:
  shop:
    plaintext: ${plaintext}
    endpoints:
      - { id: ok, url: "https://origin.example.net" }
      - id: a
        url: "${url}"
routes: [{ hostnames: ["${hostname}"], rules: [{ backendRefs: [{ service: shop }] }] }]
${more}`;
const AT = "services.shop.endpoints[1].url:7";

describe("endpointFaults", () => {
  it.each([
    ["https://a.example.com", {}, []],
    ["http://a.example.com", {}, [AT]],
    ["http://a.example.com", { HEDDLE_ALLOW_ENDPOINTS: "http" }, []],
    ["http://10.0.0.1", { HEDDLE_ALLOW_ENDPOINTS: "http" }, [AT]],
    ["http://10.0.0.1", { HEDDLE_ALLOW_ENDPOINTS: "http, private" }, []],
    ["http://169.254.169.254", { HEDDLE_ALLOW_ENDPOINTS: "http,private,loopback,self" }, [AT]],
    ["https://SHOP.example.com", {}, [AT]],
    ["https://shop.example.com", { HEDDLE_ALLOW_ENDPOINTS: "self" }, []],
    ["https://mesh.example.org", { HEDDLE_MESH_HOSTNAMES: "x.example, *.example.org" }, [AT]],
  ] as const)("says of %s with %j: %j", (url, settings, expected) => {
    expect(faultsOf(config(url), settings)).toEqual(expected);
  });

  it("needs no leave for http that is never asked, as the service upgrades it", () => {
    expect(faultsOf(config("http://a.example.com", "shop.example.com", "", "upgrade"))).toEqual([]);
    expect(faultsOf(config("http://10.0.0.1", "shop.example.com", "", "upgrade"))).toEqual([AT]);
  });

  it("holds issuers of tokens to what authentication allows", () => {
    const credential = `{ type: GoogleIDToken, serviceAccountKey: { secret: KEY }, audience: a, tokenUrl: "http://10.0.0.1/token" }`;
    const more = (allow: string) => `authentication: { allow: [${allow}] }\ncredentials: { run: ${credential} }\n`;
    const all = { HEDDLE_ALLOW_ENDPOINTS: "http,private" };
    const of = (allow: string) => faultsOf(config("https://a.example.com", "shop.example.com", more(allow)), all);
    // For http, and for the private address.
    expect(of("")).toEqual(["credentials.run.tokenUrl:10", "credentials.run.tokenUrl:10"]);
    expect(of("http")).toEqual(["credentials.run.tokenUrl:10"]);
    expect(of("http, private")).toEqual([]);
  });

  it("says where what it refuses can be allowed, if it can be", () => {
    const messages = (text: string) => {
      const decoded = parseConfig(text);
      if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
      return endpointFaults(decoded.config, { text, format: "yaml" }, {}).map(({ message }) => message);
    };
    const [byDeployment] = messages(config("https://10.0.0.1"));
    expect(byDeployment).toMatch(/or allow "private" in HEDDLE_ALLOW_ENDPOINTS of the control Worker$/);
    const credential = `{ type: ClientCredentials, tokenUrl: "https://127.0.0.1/t", clientId: a, clientSecret: { secret: KEY } }`;
    const [byConfig] = messages(
      config("https://a.example.com", "shop.example.com", `credentials: { c: ${credential} }`),
    );
    expect(byConfig).toMatch(/or allow "loopback" in `authentication.allow` of the config$/);
    expect(messages(config("https://169.254.169.254"))[0]).toMatch(/: use [^:]*name$/);
  });

  it("takes an origin below a wildcard that the mesh answers for an origin", () => {
    expect(faultsOf(config("https://origin.example.com", "*.example.com"))).toEqual([]);
  });

  it("holds keys and authorizers to what authentication allows, and that to what the deployment does", () => {
    const text = config(
      "https://a.example.com",
      "shop.example.com",
      `authentication:
  allow: [http]
  providers:
    idp: { type: JWT, issuer: x, jwks: { uri: "http://169.254.169.254/keys" } }
    near: { type: JWT, issuer: x, jwks: { uri: "http://idp.example.org/keys" } }
    asked: { type: External, url: "https://10.0.0.1/check" }
`,
    );
    const providers = "authentication.providers";
    const urls = [`${providers}.idp.jwks.uri:12`, `${providers}.asked.url:14`];
    expect(faultsOf(text)).toEqual([...urls, "authentication.allow[0]:10"]);
    expect(faultsOf(text, { HEDDLE_ALLOW_ENDPOINTS: "http" })).toEqual(urls);
  });

  it("holds discovery and clusters to the same", () => {
    const text = config(
      "https://a.example.com",
      "shop.example.com",
      `discovery:
  allow: [private]
  clusters:
    inside: { apiServer: "https://10.0.0.1:6443" }
    tunnel: { apiServer: "https://10.0.0.1:6443", binding: CLUSTER_TUNNEL }
`,
    );
    expect(faultsOf(text)).toEqual(["discovery.clusters.inside.apiServer:12", "discovery.allow[0]:10"]);
    expect(faultsOf(text, { HEDDLE_ALLOW_ENDPOINTS: "private" })).toEqual([]);
  });
});
