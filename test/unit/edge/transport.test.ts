import { describe, expect, it } from "vitest";
import type { Endpoint } from "../../../src/core/mesh.ts";
import { classifyError } from "../../../src/edge/classify.ts";
import { createExtensions } from "../../../src/edge/extension/extensions.ts";
import { createRuntime } from "../../../src/edge/service-runtime.ts";
import { openTransport, transportProblems } from "../../../src/edge/transport.ts";
import { NO_CREDENTIALS } from "../../../src/security/origin/open.ts";
import { endpointOf, meshOf, serviceOf } from "../../fixtures/meshes.ts";

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

describe("what an operator has to see to", () => {
  const runtimeOf = (service: ReturnType<typeof serviceOf>, found: readonly Endpoint[] | null, env: object) =>
    createRuntime(
      service,
      {
        region: "weur",
        rng: () => 0,
        nowMs: 0,
        extensions: createExtensions(),
        edge: meshOf([service]).edge,
        env,
        credentials: NO_CREDENTIALS,
      },
      {
        isDiscovered: found !== null,
        set: found === null ? null : { revision: 1, endpoints: found },
        source: found === null ? "mesh" : "object",
      },
    );

  it("is a binding that is not there, once however many endpoints name it", () => {
    const service = serviceOf("shop", [b, { ...b, id: "c" }, { ...a, clientCertificate: "THERE" }]);
    const env = { THERE: binding("there") };
    expect(transportProblems([runtimeOf(service, null, env)], env)).toEqual([
      "the Worker has no mTLS binding OWN: add it to mtls_certificates in wrangler.toml and deploy",
    ]);
  });

  it("are found endpoints that may not be asked without TLS", () => {
    const service = { ...serviceOf("shop", [a]), plaintext: "private" as const };
    const found = [a, endpointOf("d", "http://d.example.com"), endpointOf("e", "http://10.0.0.1")];
    expect(transportProblems([runtimeOf(service, found, {})], {})).toEqual([
      "1 endpoints of shop are not asked: `plaintext` refuses their http",
    ]);
    expect(transportProblems([runtimeOf(serviceOf("shop", [a]), found, {})], {})).toEqual([]);
  });
});
