import { describe, expect, it } from "vitest";
import { isFailure } from "../../../src/core/outcome.ts";
import type { Rng } from "../../../src/core/rng.ts";
import type { Contender, ContenderWorld, Fleet, PlatformUsage, Router } from "../../../src/simulate/contender.ts";
import type { OpenMesh } from "../../../src/simulate/world/open-mesh.ts";
import { CALM, ENDPOINTS, lasting, ONE, play, scenarioOf } from "./days.ts";

/** A proxy that takes turns, tries once more elsewhere, and believes its checks. Notes what it was asked. */
function turns(scope: Contender["scope"], calls: string[]): Contender {
  return { name: "turns", scope, create: (world) => fleetOf(world, calls) };
}

function fleetOf(world: ContenderWorld, calls: string[]): Fleet {
  const usage: PlatformUsage = { syncs: 0, exchanges: 0, alarms: 0, rowsWritten: 0, objects: 0 };
  let { open } = world;
  const down = new Set<number>();
  const check = (endpoint: number) => {
    world.probe({ open, from: world.regions[0]!, service: 0, endpoint, type: "http", timeoutMs: 500 }, (ok) => {
      if (ok) down.delete(endpoint);
      else down.add(endpoint);
    });
    world.after(1_000, check, endpoint);
  };
  for (let endpoint = 0; endpoint < ENDPOINTS.length; endpoint++) check(endpoint);
  return {
    usage,
    start: ({ region, seat, number }) => {
      calls.push(`start ${region} ${seat} ${number}`);
      return routerOf(() => open, down, world.rng(number), calls);
    },
    onMesh: (next) => {
      open = next;
      calls.push("mesh");
    },
  };
}

function routerOf(openNow: () => OpenMesh, down: ReadonlySet<number>, rng: Rng, calls: string[]): Router {
  let started = 0;
  return {
    get open() {
      return openNow();
    },
    enter: () => true,
    admit: () => true,
    pick: ({ tried }) => {
      const free = ENDPOINTS.map((_, i) => i).filter((i) => !down.has(i) && !tried.includes(i));
      return free.length === 0 ? -1 : free[Math.floor(rng() * free.length)]!;
    },
    attemptTimeoutMs: () => 1_000,
    hedgeDelayMs: () => 0,
    onStart: () => {
      started += 1;
    },
    onEnd: () => {
      started -= 1;
      if (started < 0) calls.push("ended more than started");
    },
    isRetriable: (_, { outcome }) => isFailure(outcome),
    nextWaitMs: (_, { number }) => (number < 2 ? 0 : -1),
  };
}

describe("a contender", () => {
  it("of scope region gets one router for each region, for the whole day", () => {
    const calls: string[] = [];
    const result = play(CALM, { contender: turns("region", calls), isolateLifeMs: 1_000 });
    expect(calls.map((call) => call.slice(0, -1)).sort()).toEqual(["start enam 0 ", "start weur 0 "]);
    expect(result.policy).toBe("turns");
    expect(result.windows.whole.success).toBe(1);
  });

  it("of scope isolate gets one for each isolate that comes to life", () => {
    const calls: string[] = [];
    play(CALM, { contender: turns("isolate", calls), isolates: 4, isolateLifeMs: 10_000 });
    // Four seats, 35 s, lives of 10 s: 14 beyond the first four, standard deviation 4; five of them, at least some.
    expect(calls.length).toBeGreaterThan(5);
    expect(calls.length).toBeLessThan(38);
    expect(new Set(calls).size).toBe(calls.length);
  });

  it("meets the faults with its probes, attempts and retries", () => {
    const calls: string[] = [];
    const result = play(scenarioOf({ type: "down", target: ONE }), { contender: turns("region", calls) });
    const [a] = result.endpoints;
    expect(a!.share.during).toBeLessThan(0.15);
    expect(a!.share.after).toBeGreaterThan(0.2);
    expect(result.windows.during.retriesPerRequest).toBeGreaterThan(0);
    expect(result.windows.during.success).toBeGreaterThan(0.999);
    expect(calls).not.toContain("ended more than started");
  });

  it("is told of a pushed config, and of the one that takes it back", () => {
    const calls: string[] = [];
    const result = play(scenarioOf({ type: "bad-config", target: ONE }), { contender: turns("region", calls) });
    expect(calls.filter((call) => call === "mesh")).toHaveLength(2);
    expect(result.windows.during.retriesPerRequest).toBeGreaterThan(0.001);
  });

  it("plays the same day again under one seed", () => {
    const scenario = scenarioOf({ type: "flap", target: ONE, periodMs: 3_000 });
    const once = () => lasting(play(scenario, { contender: turns("region", []) }));
    expect(once()).toEqual(once());
  });
});
