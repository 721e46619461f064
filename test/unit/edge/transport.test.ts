import { describe, expect, it } from "vitest";
import { classifyError } from "../../../src/edge/classify.ts";
import { openTransport } from "../../../src/edge/transport.ts";
import { endpointOf, serviceOf } from "../../fixtures/meshes.ts";

const a = endpointOf("a", "https://a.example.com");
const b = { ...endpointOf("b", "https://b.example.com"), clientCertificate: "OWN" };

/** Answers with its name and what it was asked. */
function binding(name: string) {
  return { fetch: (url: string, init: RequestInit) => Promise.resolve(new Response(`${name} ${init.method} ${url}`)) };
}

const askAll = async (transport: ReturnType<typeof openTransport>) =>
  Promise.all(
    (transport ?? []).map(async (via) => (via === null ? null : (await via("https://x/", { method: "PUT" })).text())),
  );

describe("the transport of a service", () => {
  it("is none where no certificate is asked for", () => {
    expect(openTransport(serviceOf("shop", [a]), {})).toBeNull();
  });

  it("is an endpoint's own binding, else the service's, else the platform's", async () => {
    const env = { OWN: binding("own"), SHOP: binding("shop") };
    expect(await askAll(openTransport(serviceOf("shop", [a, b]), env))).toEqual([null, "own PUT https://x/"]);
    const whole = { ...serviceOf("shop", [a, b]), clientCertificate: "SHOP" };
    expect(await askAll(openTransport(whole, env))).toEqual(["shop PUT https://x/", "own PUT https://x/"]);
  });

  it.each([
    ["absent", {}],
    ["a text", { OWN: "a secret" }],
    ["no fetcher", { OWN: { get: () => "a secret" } }],
    ["inherited", Object.create({ OWN: binding("own") })],
  ])("sends nothing through a binding that is %s, and says so", async (_, env: object) => {
    const [via] = openTransport(serviceOf("shop", [b]), env)!;
    const error = await via!("https://b.example.com/", {}).catch((thrown: unknown) => thrown);
    expect(classifyError(error)).toEqual({ outcome: "connect-failure", neverSent: true });
    expect(String(error)).toContain("no mTLS binding OWN");
    expect(String(error)).not.toContain("a secret");
  });
});
