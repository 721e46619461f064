/** Small game days over compiled configs. */
import { compileMesh } from "../../../src/config/compile.ts";
import { decodeConfig } from "../../../src/config/decode.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import { type GameDayInput, runGameDay } from "../../../src/simulate/game-day.ts";
import type { SimulationResult } from "../../../src/simulate/result.ts";
import type { Fault, Scenario } from "../../../src/simulate/scenario.ts";

export const ONE = { type: "endpoint", id: "a" } as const;

export const CALM: Scenario = { name: "calm", faults: [] };

/** Four endpoints in two clouds. */
export const ENDPOINTS = [
  { id: "a", url: "https://a.example", locality: { cloud: "aws", region: "us-east-1" } },
  { id: "b", url: "https://b.example", locality: { cloud: "gcp", region: "us-east4" } },
  { id: "c", url: "https://c.example", locality: { cloud: "aws", region: "eu-west-1" } },
  { id: "d", url: "https://d.example", locality: { cloud: "gcp", region: "europe-west1" } },
];

/** One service with the settings given, behind one route that takes everything. */
export function meshWith(service: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Promise<Mesh> {
  return meshFrom({
    services: { shop: { endpoints: ENDPOINTS, ...service }, ...more },
    routes: [{ rules: [{ backendRefs: [{ service: "shop" }] }] }],
  });
}

export function meshFrom(config: Record<string, unknown>): Promise<Mesh> {
  const decoded = decodeConfig(config);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded));
  return compileMesh(decoded.config, { nowMs: 1_000 });
}

export const MESH = await meshWith();

/** From 5 s for 10 s. */
export function scenarioOf(...faults: Fault[]): Scenario {
  return { name: "test", faults: faults.map((fault) => ({ fault, atMs: 5_000, forMs: 10_000 })) };
}

/** Thirty seconds at 300 requests per second over 20 isolates in two regions, after five of warm-up. */
export function play(scenario: Scenario, given: Partial<GameDayInput> = {}): SimulationResult {
  return runGameDay({ ...USUAL, mesh: MESH, scenario, ...given });
}

export const USUAL = {
  rps: 300,
  isolates: 20,
  durationMs: 30_000,
  warmUpMs: 5_000,
  regions: { enam: 0.5, weur: 0.5 },
  loss: 0,
} as const;

/** What a run gives that does not depend on the machine. */
export function lasting({ wallMs: _, requestsPerWallSecond: __, ...rest }: SimulationResult): object {
  return rest;
}
