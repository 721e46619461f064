/**
 * Which mesh each isolate runs, and which it was offered and could not run: so that somebody who changed the config sees
 * where it has arrived. Bounded by reporters, not by what they say.
 */

/** What one isolate said last. */
interface Said {
  readonly version: string;
  readonly atMs: number;
}

/** A refusal that nobody was told of yet. */
export interface Refusal {
  /** Of the mesh. */
  readonly digest: string;
  readonly reporter: string;
  readonly reason: string;
}

/** Mutable; owned by one object. */
export interface Reach {
  /** In order of the last report, oldest first. */
  readonly runs: Map<string, Said>;
  /** By reporter, the last one each. */
  readonly refused: Map<string, Refusal & { readonly atMs: number }>;
  /** To be passed on. */
  readonly untold: Refusal[];
}

const MAX_REPORTERS = 10_000;
const MAX_REFUSALS = 1_000;
/** Longest silence of a reporter that counts. */
const EXPIRY_MS = 15_000;
/** A refusal is remembered for so long after it was last said. */
const REFUSAL_EXPIRY_MS = 10 * 60_000;
/** Versions and reasons that a summary tells apart. */
const MAX_ROWS = 16;

/** Nothing heard. */
export function createReach(): Reach {
  return { runs: new Map(), refused: new Map(), untold: [] };
}

/** Takes in what a report says of meshes. Constant time. */
export function noteReach(
  reach: Reach,
  said: {
    readonly reporter: string;
    readonly meshVersion: string;
    readonly refusedMesh?: { readonly version: string; readonly reason: string };
  },
  nowMs: number,
): void {
  const { reporter, meshVersion, refusedMesh } = said;
  reach.runs.delete(reporter);
  reach.runs.set(reporter, { version: meshVersion, atMs: nowMs });
  if (reach.runs.size > MAX_REPORTERS) reach.runs.delete(reach.runs.keys().next().value!);
  if (refusedMesh === undefined) return;
  const known = reach.refused.get(reporter);
  const refusal = { digest: refusedMesh.version, reporter, reason: refusedMesh.reason };
  reach.refused.delete(reporter);
  reach.refused.set(reporter, { ...refusal, atMs: nowMs });
  if (reach.refused.size > MAX_REFUSALS) reach.refused.delete(reach.refused.keys().next().value!);
  const isNews = known?.digest !== refusal.digest || known.reason !== refusal.reason;
  if (isNews && reach.untold.length < MAX_REFUSALS) reach.untold.push(refusal);
}

/** What is to be passed on now; it is given back with `keepRefusals` when that fails. */
export function takeRefusals(reach: Reach): readonly Refusal[] {
  return reach.untold.splice(0);
}

export function keepRefusals(reach: Reach, refusals: readonly Refusal[]): void {
  reach.untold.unshift(...refusals.slice(0, MAX_REFUSALS - reach.untold.length));
}

export interface ReachSummary {
  /** Isolates heard lately by the mesh that they run, most first. */
  readonly meshes: readonly { readonly version: string; readonly reporters: number }[];
  /** Meshes that isolates could not run, by reason, most first; isolates that were there in the last ten minutes. */
  readonly refusals: readonly { readonly version: string; readonly reason: string; readonly reporters: number }[];
}

/** Who runs what. At most 16 rows each. Linear in the reporters. A read. */
export function summariseReach({ runs, refused }: Reach, nowMs: number): ReachSummary {
  const meshes = new Map<string, number>();
  for (const { version, atMs } of runs.values()) {
    if (nowMs - atMs <= EXPIRY_MS) meshes.set(version, (meshes.get(version) ?? 0) + 1);
  }
  const refusals = new Map<string, { version: string; reason: string; reporters: number }>();
  for (const { digest, reason, atMs } of refused.values()) {
    if (nowMs - atMs > REFUSAL_EXPIRY_MS) continue;
    const key = `${digest} ${reason}`;
    const row = refusals.get(key) ?? { version: digest, reason, reporters: 0 };
    row.reporters++;
    refusals.set(key, row);
  }
  const most = (a: { reporters: number }, b: { reporters: number }) => b.reporters - a.reporters;
  return {
    meshes: [...meshes]
      .map(([version, reporters]) => ({ version, reporters }))
      .sort(most)
      .slice(0, MAX_ROWS),
    refusals: [...refusals.values()].sort(most).slice(0, MAX_ROWS),
  };
}

/** How many isolates heard lately run `version`, and how many another. Linear in the reporters. A read. */
export function runningOf({ runs }: Reach, version: string, nowMs: number): { current: number; other: number } {
  let [current, other] = [0, 0];
  for (const said of runs.values()) {
    if (nowMs - said.atMs > EXPIRY_MS) continue;
    if (said.version === version) current++;
    else other++;
  }
  return { current, other };
}

/** Isolates silent for long are forgotten. Linear in those. */
export function expireReach({ runs, refused }: Reach, nowMs: number): void {
  for (const [reporter, { atMs }] of runs) {
    if (nowMs - atMs <= EXPIRY_MS) break;
    runs.delete(reporter);
  }
  for (const [reporter, { atMs }] of refused) {
    if (nowMs - atMs <= REFUSAL_EXPIRY_MS) break;
    refused.delete(reporter);
  }
}
