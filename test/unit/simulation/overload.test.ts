/** Twice of what all origins can do, in virtual time, through the whole mesh. */
import { describe, expect, it } from "vitest";
import type { Mesh } from "../../../src/core/mesh.ts";
import { runGameDay } from "../../../src/simulate/game-day.ts";
import type { RequestKind } from "../../../src/simulate/world/request-kind.ts";
import { headOf } from "../../../src/simulate/world/request-kind.ts";
import { compileFleet } from "../../simulation/policies/fleet.ts";

const plain = await compileFleet();
const meshWith = (adaptive: boolean): Mesh => ({
  ...plain,
  services: plain.services.map((service) => ({
    ...service,
    limits: {
      ...service.limits,
      requestClass: { header: "x-class", classes: ["high", "low"], defaultClass: "low" },
      ...(adaptive && { adaptiveConcurrency: { tolerance: 1.5, minQueueMs: 50, minAdmitRatio: 0.05 } }),
    },
  })),
});

function dayWith(mesh: Mesh, only: readonly RequestKind[]) {
  const faults = [{ fault: { type: "surge" as const, factor: 4 }, atMs: 0, forMs: 25_000 }];
  const scenario = { name: "overload", faults };
  const input = { mesh, scenario, seed: 5, rps: 300, durationMs: 25_000, utilisation: 0.5, kinds: only };
  return runGameDay({ ...input, isolates: 60 });
}

const kind = (requestClass: string, weight: number): RequestKind => ({
  head: headOf({
    method: "GET",
    scheme: "https",
    host: "shop.example.com",
    port: 0,
    path: `/${requestClass}`,
    query: "",
    headers: { "x-class": requestClass },
  }),
  hasIdempotencyKey: false,
  weight,
});

describe("an overload of 200 %", () => {
  it("gets more answered in time when endpoints are limited by what they do", () => {
    const kinds = [kind("low", 1)];
    const [off, on] = [false, true].map((adaptive) => dayWith(meshWith(adaptive), kinds));
    expect(on!.windows.whole.withinSlo).toBeGreaterThan(off!.windows.whole.withinSlo);
  });
});
