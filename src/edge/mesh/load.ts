/**
 * Loads a version of the mesh that was announced: once per isolate, in the background, from the nearest place that has it. The
 * data centre's cache is asked first, then KV, then the config object; a text that is not what was asked for is passed over.
 * Whatever goes wrong, the mesh in force stays.
 */
import { MESH_FORMAT, type Mesh } from "../../core/mesh.ts";
import { meshKey } from "../../core/mesh-version.ts";
import { type Isolate, swapMesh } from "../isolate.ts";
import { readColoHead, readColoText, writeColoHead, writeColoText } from "./colo-mesh.ts";
import { checkMeshText } from "./mesh-text.ts";
import { type Announced, type MeshSource, mayLoad, onAdopted, onOlder, onRefused } from "./reach.ts";

/**
 * Isolates of one data centre hear of a version at about the same time. Those that do not find it in the cache wait for so long at
 * most, and look again: one of them has been further by then. ms.
 */
const JITTER_MS = 250;
/** For one place to answer, ms. */
const SOURCE_MS = 3_000;
/** Between two questions to the config object about what is in force, ms. */
const ASK_EVERY_MS = 10_000;

type Reader = readonly [name: Exclude<MeshSource, "bundled" | "put">, read: () => Promise<string | null>];

/** Starts loading what a peer says is in force, unless it is, or was tried, or is under way. Never throws, never waits. */
export function onAnnounced(isolate: Isolate, announced: Announced, ctx: ExecutionContext): void {
  const nowMs = Date.now();
  if (isolate.env.MESH_CONFIG === undefined && isolate.env.MESH_KV === undefined) return;
  if (!mayLoad(isolate.reach, isolate.open.mesh.version, announced, nowMs)) return;
  isolate.reach.loading = { version: announced.version, sinceMs: nowMs };
  ctx.waitUntil(load(isolate, announced, nowMs));
}

/** A peer does not know a service that we have: asks the config object what is in force, seldom. Never rejects. */
export async function askWhatIsInForce(isolate: Isolate, ctx: ExecutionContext): Promise<void> {
  const { reach, env } = isolate;
  const nowMs = Date.now();
  if (env.MESH_CONFIG === undefined || nowMs - reach.askedAtMs < ASK_EVERY_MS) return;
  reach.askedAtMs = nowMs;
  try {
    const head = await env.MESH_CONFIG.getByName("mesh").head();
    if (head !== null) onAnnounced(isolate, { version: head.digest, atMs: head.compiledAtMs }, ctx);
  } catch (error) {
    console.warn(JSON.stringify({ event: "mesh_config_failed", error: String(error) }));
  }
}

async function load(isolate: Isolate, announced: Announced, sinceMs: number): Promise<void> {
  const { reach } = isolate;
  try {
    const faults: string[] = [];
    const [near, ...far] = sources(isolate, announced.version);
    if (await loadFrom(isolate, announced, [near!], faults)) return;
    await scheduler.wait(isolate.rng() * JITTER_MS);
    if (await loadFrom(isolate, announced, [near!, ...far], faults)) return;
    refuse(isolate, announced, "load", [...new Set(faults)].join("; "));
  } catch (error) {
    refuse(isolate, announced, "load", String(error));
  } finally {
    if (reach.loading?.sinceMs === sinceMs) reach.loading = null;
  }
}

function sources({ env }: Isolate, digest: string): readonly Reader[] {
  const { MESH_KV, MESH_CONFIG } = env;
  return [
    ["colo", () => readColoText(digest)],
    ...(MESH_KV === undefined ? [] : [["kv", () => MESH_KV.get(meshKey(digest))] as const]),
    ...(MESH_CONFIG === undefined ? [] : [["object", () => MESH_CONFIG.getByName("mesh").text(digest)] as const]),
  ];
}

/** Whether a text was found that is the version; what was in the way is added to `faults`. */
async function loadFrom(
  isolate: Isolate,
  announced: Announced,
  readers: readonly Reader[],
  faults: string[],
): Promise<boolean> {
  for (const [source, read] of readers) {
    const text = await within(read);
    if (!text.ok || text.value === null) {
      faults.push(`${source}: ${text.ok ? "nothing" : text.error}`);
      continue;
    }
    const check = await checkMeshText(text.value, announced.version);
    if (!check.ok) {
      faults.push(`${source}: ${check.detail}`);
      continue;
    }
    const isAdopted = adopt(isolate, check.mesh, announced, source);
    if (source !== "colo") await writeColoText(announced.version, text.value);
    if (isAdopted) await writeColoHead(isolate.env, { version: announced.version, atMs: isolate.reach.atMs });
    return true;
  }
  return false;
}

type Read = { readonly ok: true; readonly value: string | null } | { readonly ok: false; readonly error: string };

/** What a source says in its time. Never rejects. */
async function within(read: () => Promise<string | null>): Promise<Read> {
  const late = scheduler.wait(SOURCE_MS).then((): Read => ({ ok: false, error: `no answer in ${SOURCE_MS} ms` }));
  const reading = async (): Promise<Read> => {
    try {
      return { ok: true, value: await read() };
    } catch (error) {
      return { ok: false, error: error instanceof Error ? error.message : String(error) };
    }
  };
  return Promise.race([reading(), late]);
}

/**
 * Puts a mesh in force if it was accepted later than ours and can run here; returns whether it did. Else the last good one
 * stays, and says why. Never throws.
 */
export function adopt(isolate: Isolate, mesh: Mesh, announced: Announced, source: MeshSource): boolean {
  const { reach, open } = isolate;
  const atMs = announced.atMs ?? mesh.compiledAtMs;
  if (mesh.version === open.mesh.version || atMs <= reach.atMs) {
    onOlder(reach, mesh.version, Date.now());
    return false;
  }
  if (mesh.format !== MESH_FORMAT) {
    refuse(isolate, announced, "run", `format ${mesh.format}, and this version runs ${MESH_FORMAT}`);
    return false;
  }
  try {
    swapMesh(isolate, mesh, Date.now());
  } catch (error) {
    refuse(isolate, announced, "run", error instanceof Error ? error.message : String(error));
    return false;
  }
  onAdopted(reach, atMs, source, Date.now());
  return true;
}

function refuse(isolate: Isolate, announced: Announced, kind: "load" | "run", reason: string): void {
  onRefused(isolate.reach, announced, { kind, reason }, Date.now());
  const stays = isolate.open.mesh.version;
  console.warn(JSON.stringify({ event: "mesh_refused", version: announced.version, kind, reason, stays }));
}

/**
 * A cold isolate takes the version that its data centre had lately, when that is newer than the bundled one. Never rejects;
 * whoever waits for it bounds the wait.
 */
export async function startFromColo(isolate: Isolate): Promise<void> {
  try {
    const head = await readColoHead(isolate.env);
    if (head === null || !mayLoad(isolate.reach, isolate.open.mesh.version, head, Date.now())) return;
    const text = await readColoText(head.version);
    const check = text === null ? null : await checkMeshText(text, head.version);
    if (check?.ok) adopt(isolate, check.mesh, head, "colo");
  } catch (error) {
    console.warn(JSON.stringify({ event: "colo_mesh_failed", error: String(error) }));
  }
}
