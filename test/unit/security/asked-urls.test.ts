import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/decode.ts";
import { askedUrlFaults } from "../../../src/security/asked-urls.ts";

function faultsOf(uri: string, allow: string): string[] {
  const text = `
authentication:
  allow: [${allow}]
  providers:
    users: { type: JWT, issuer: "https://issuer.example.com", audiences: [shop], jwks: { uri: "${uri}" } }
services:
  shop: { endpoints: [{ id: a, url: "https://a.example.com" }] }
routes:
  - { name: all, rules: [{ backendRefs: [{ service: shop }] }] }
`;
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return askedUrlFaults(parsed.config).map(({ path, message }) => {
    expect(path).toEqual(["authentication", "providers", "users", "jwks", "uri"]);
    return message;
  });
}

describe("URLs that the edge asks by itself", () => {
  it.each<[string, string, string[]]>([
    ["https://keys.example.com/jwks", "", []],
    ["http://127.0.0.1:9000/jwks", "", ["loopback", "http"]],
    ["http://127.0.0.1:9000/jwks", "loopback", ["http"]],
    ["http://127.0.0.1:9000/jwks", "http", ["loopback"]],
    ["http://127.0.0.1:9000/jwks", "http, loopback", []],
    ["http://10.0.0.1/jwks", "", ["private", "http"]],
  ])("%s with allow: [%s] lacks %j, all said at once", (uri, allow, lacking) => {
    const found = faultsOf(uri, allow).map((message) => /allow "([a-z]+)" in `authentication/.exec(message)?.[1]);
    expect(found).toEqual(lacking);
  });

  it("says once what nothing allows", () => {
    expect(faultsOf("http://169.254.169.254/jwks", "")).toEqual([expect.stringContaining("metadata")]);
  });
});
