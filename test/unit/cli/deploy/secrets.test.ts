import { describe, expect, it } from "vitest";
import { expectedSecrets } from "../../../../src/cli/deploy/secrets.ts";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";

const CONFIG = `
credentials: { signed: { type: HMAC, keyId: mesh, key: { secret: SHOP_HMAC } } }
authentication: { providers: { partners: { type: HMAC, keys: { acme: { secret: ACME_KEY } } } } }
services:
  shop:
    credentials: [signed]
    endpoints: [{ id: a, url: "https://a.example.com", headers: { x-key: { secret: SHOP_KEY } } }]
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]
notifications: [{ name: oncall, type: slack, urlFrom: HEDDLE_NOTIFY_SLACK }]
telemetry: { tracing: { headers: { authorization: { secret: HEDDLE_OTLP_AUTHORIZATION } } } }
discovery: { clusters: { gke: { apiServer: "https://gke.example.com" } } }
`;

describe("the secrets that a Worker needs", () => {
  it("are those that the config refers to, each at the Worker that reads it", async () => {
    const result = parseConfig(CONFIG);
    if (!result.ok) throw new Error(JSON.stringify(result.faults));
    const mesh = await compileMesh(result.config, { nowMs: 1 });
    const needed = (kind: "edge" | "control") =>
      expectedSecrets(kind, mesh)
        .filter(({ without }) => without.startsWith("the config refers to it"))
        .map(({ name, need }) => `${need} ${name}`);
    expect(needed("edge")).toEqual([
      "needed SHOP_HMAC",
      "needed SHOP_KEY",
      "needed ACME_KEY",
      "needed HEDDLE_OTLP_AUTHORIZATION",
    ]);
    expect(needed("control")).toContain("needed HEDDLE_NOTIFY_SLACK");
  });

  it("are told with what does not work without them", async () => {
    const result = parseConfig(CONFIG);
    const mesh = result.ok ? await compileMesh(result.config, { nowMs: 1 }) : null;
    const told = expectedSecrets("edge", mesh).find(({ name }) => name === "SHOP_KEY");
    expect(told?.without).toContain("credential x-key: {SHOP_KEY}");
  });

  it.each(["edge", "control"] as const)("have the key of what is stored, for %s", (kind) => {
    expect(expectedSecrets(kind, null).map(({ name }) => name)).toContain("HEDDLE_STORAGE_KEY");
  });
});
