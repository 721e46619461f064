import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";
import { configure, createRegistry, hearSource, settingsOf } from "../../../../src/discovery/registry/state.ts";
import { endpointOf } from "../../../fixtures/meshes.ts";

const T0 = 1_000_000;

/** What the registry keeps of endpoints that DNS found, for a service of this policy. */
async function keptUnder(plaintext: string) {
  const decoded = parseConfig(`
services:
  shop: { endpoints: [], plaintext: ${plaintext}, discovery: { dns: [{ hostname: shop.example.com }] } }
discovery: { allow: [http, private] }
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]`);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  const mesh = await compileMesh(decoded.config, { nowMs: T0 });
  const state = createRegistry("shop", T0);
  configure(state, settingsOf(mesh, mesh.services[0]!));
  const [name] = [...state.sources.keys()];
  const found = [
    { endpoint: endpointOf("public", "http://a.example.com"), ready: true },
    { endpoint: endpointOf("private", "http://10.0.0.1"), ready: true },
    { endpoint: endpointOf("safe", "https://a.example.com"), ready: true },
  ];
  hearSource(state, name!, { ok: true, atMs: T0, found, nextMs: T0 + 1_000 });
  const source = state.sources.get(name!)!;
  return { kept: source.found.map(({ endpoint }) => endpoint.id), refusal: source.refusal };
}

describe("endpoints that are found", () => {
  it.each([
    ["private", ["private", "safe"]],
    ["refuse", ["safe"]],
    ["upgrade", ["public", "private", "safe"]],
    ["allow", ["public", "private", "safe"]],
  ])("under plaintext: %s are %j", async (plaintext, expected) => {
    const { kept, refusal } = await keptUnder(plaintext);
    expect(kept).toEqual(expected);
    expect(refusal).toMatch(expected.includes("public") ? /^$/ : /^public: its URL is not encrypted; .*plaintext/);
  });
});
