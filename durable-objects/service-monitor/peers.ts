/** The objects that a monitor talks to, besides the one above it on its own path. */
import type { EndpointSet } from "../../src/core/endpoint-set.ts";
import {
  MESH_CONFIG_NAME,
  type MeshRefusal,
  type SubscribeReply,
  type SubscribeRequest,
} from "../../src/core/mesh-version.ts";
import type { ExchangeMessage, ExchangeReply } from "../../src/core/monitor/exchange-message.ts";
import { checkSlice, type MeshSlice } from "../../src/core/monitor/mesh-slice.ts";
import type { Monitor } from "../../src/core/monitor/monitor.ts";
import { type MonitorName, monitorName, upperName } from "../../src/core/monitor/monitor-name.ts";
import { keepRefusals, type Reach, takeRefusals } from "../../src/core/monitor/reach.ts";
import type { RootWord } from "./replies.ts";
import { within } from "./within.ts";

/** They have so long to answer. */
const ANSWER_MS = 5_000;

interface MonitorStub {
  exchange(message: ExchangeMessage): Promise<ExchangeReply>;
  endpoints(): Promise<EndpointSet | null>;
  meshSlice(): Promise<MeshSlice>;
  hearRoot(word: RootWord): Promise<{ readonly ok: boolean }>;
}

interface MeshConfigStub {
  subscribe(request: SubscribeRequest): Promise<SubscribeReply>;
  noteRefusals(refusals: readonly MeshRefusal[]): Promise<number>;
}

export interface Peers {
  readonly SERVICE_MONITOR: { getByName(name: string): MonitorStub };
  readonly MESH_CONFIG?: { getByName(name: string): MeshConfigStub };
}

export interface MeshAnswer {
  /** Null: nothing that is later, or no answer. */
  readonly slice: MeshSlice | null;
  readonly againMs?: number;
}

/**
 * Asks for a mesh later than ours: MeshConfig, which then tells us by itself; or, in a shard, the regional object. Null
 * where there is nobody to ask. Never rejects.
 */
export function askForMesh(env: Peers, name: MonitorName, ours: MeshSlice): Promise<MeshAnswer> | null {
  if (name.shard !== null) {
    const above = env.SERVICE_MONITOR.getByName(upperName(name)!);
    return within(above.meshSlice(), ANSWER_MS).then((slice) => ({ slice: checkSlice(slice) }), noAnswer);
  }
  if (env.MESH_CONFIG === undefined) return null;
  const monitor = monitorName(name.service, name.scope);
  const asked = env.MESH_CONFIG.getByName(MESH_CONFIG_NAME).subscribe({
    monitor,
    digest: ours.version,
    compiledAtMs: ours.compiledAtMs,
  });
  return within(asked, ANSWER_MS).then(
    (reply) => (reply.ok ? { slice: checkSlice(reply.slice), againMs: reply.againMs } : { slice: null }),
    noAnswer,
  );
}

function noAnswer(): MeshAnswer {
  return { slice: null };
}

/** Meshes that isolates could not run are told to MeshConfig; what it did not hear is kept for the next time. */
export function passRefusalsOn(env: Peers, reach: Reach, ctx: { waitUntil(promise: Promise<unknown>): void }): void {
  if (reach.untold.length === 0 || env.MESH_CONFIG === undefined) return;
  const refusals = takeRefusals(reach);
  const told = within(env.MESH_CONFIG.getByName(MESH_CONFIG_NAME).noteRefusals(refusals), ANSWER_MS);
  ctx.waitUntil(told.catch(() => keepRefusals(reach, refusals)));
}

/** What operators said is told to the regions at once. Those that do not hear it do so with their next row. */
export function tellRegions(
  env: Peers,
  { service, regions, overrides }: Monitor,
  ctx: { waitUntil(promise: Promise<unknown>): void },
): void {
  const word: RootWord = { service: service.name, overrides: overrides.set };
  for (const region of regions) {
    const told = within(env.SERVICE_MONITOR.getByName(monitorName(service.name, region)).hearRoot(word), ANSWER_MS);
    ctx.waitUntil(told.catch(() => null));
  }
}
