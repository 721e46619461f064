import { describe, expect, it } from "vitest";
import { type BaseConfig, readVariants } from "../../../../src/cli/simulate/variants.ts";
import { compileMesh } from "../../../../src/config/compile.ts";
import { decodeConfig } from "../../../../src/config/decode.ts";

const VALUE = {
  services: {
    shop: {
      endpoints: [
        { id: "aws", url: "http://a" },
        { id: "gcp", url: "http://b" },
      ],
    },
    cart: { endpoints: [{ id: "one", url: "http://c" }] },
  },
  routes: [{ rules: [{ backendRefs: [{ service: "shop" }, { service: "cart" }] }] }],
};

async function base(): Promise<BaseConfig> {
  const decoded = decodeConfig(VALUE);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return { value: VALUE, mesh: await compileMesh(decoded.config, { nowMs: 0 }) };
}

async function variants(sweeps: readonly string[], against: string | null) {
  const read = await readVariants(await base(), sweeps, against);
  return read.ok ? read.value : { title: read.message, variants: [] };
}

describe("readVariants", () => {
  it("is the config as it is when nothing is compared", async () => {
    expect((await variants([], null)).variants).toMatchObject([{ name: "", contender: null }]);
  });

  it("compiles every combination of the swept values", async () => {
    const found = await variants(["retry.attempts=0,2", "edge.syncMin=1s,2s"], null);
    expect(found.title).toBe("setting");
    expect(found.variants.map(({ name }) => name)).toEqual([
      "attempts=0, syncMin=1s",
      "attempts=0, syncMin=2s",
      "attempts=2, syncMin=1s",
      "attempts=2, syncMin=2s",
    ]);
    const { mesh } = found.variants[1]!;
    expect(mesh.edge.syncMinMs).toBe(2_000);
    expect(new Set(mesh.policies.map(({ retry }) => retry.attempts))).toEqual(new Set([0]));
  });

  it("names fields that end alike by their whole path", async () => {
    const found = await variants(["services.shop.retry.attempts=1", "services.cart.retry.attempts=1"], null);
    expect(found.variants[0]!.name).toBe("services.shop.retry.attempts=1, services.cart.retry.attempts=1");
  });

  it("plays the config as it is before the policies it is compared with, and no policy twice", async () => {
    const found = await variants([], "round-robin,adaptive,peak-ewma,round-robin");
    expect(found.title).toBe("policy");
    expect(found.variants.map(({ name }) => name)).toEqual(["adaptive (config)", "round-robin", "peak-ewma"]);
    const policies = found.variants[1]!.mesh.services.map(({ loadBalancing }) => loadBalancing.policy);
    expect(policies).toEqual(["round-robin", "round-robin"]);
  });

  it("plays models of other proxies on the config as it is", async () => {
    const { variants: found } = await variants([], "nginx,linkerd");
    expect(found.map(({ name, contender }) => [name, contender])).toEqual([
      ["adaptive (config)", null],
      ["nginx", "nginx"],
      ["linkerd", "linkerd"],
    ]);
    expect(found[1]!.mesh.version).toBe(found[0]!.mesh.version);
  });

  it.each([
    [["retry.atempts=1"], null, "is not a known key; did you mean attempts?"],
    [["retry.attempts=-1"], null, "must be at least 0"],
    [[], "round-robbin", 'there is no policy or proxy "round-robbin"'],
    [
      ["retry.attempts=0,1,2,3,4,5", "retry.budget.percent=1,2,3,4,5,6,7,8,9,10", "edge.maxHops=1,2,3,4"],
      null,
      "240 variants",
    ],
  ] as const)("refuses %j against %s", async (sweeps, against, message) => {
    expect((await variants(sweeps, against)).title).toContain(message);
  });
});
