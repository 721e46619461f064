/**
 * Brings the version in force to KV and to the subscribers. Nothing is lost when that fails: who has not heard is told again,
 * and asks by itself in the end.
 */
import type { VersionMeta } from "../../src/core/mesh-version.ts";
import type { MeshSlice } from "../../src/core/monitor/mesh-slice.ts";
import { parseMonitorName } from "../../src/core/monitor/monitor-name.ts";
import { within } from "../service-monitor/within.ts";
import { inParallel } from "./in-parallel.ts";
import { type MeshKv, publish } from "./mesh-kv.ts";
import { noteHeard, unheard } from "./subscribers.ts";
import { meshTextOf } from "./versions.ts";

/** A monitor has so long to answer; it is told again with the next round. */
const ANSWER_MS = 3_000;
/** Told at once. An object answers in milliseconds: 5,000 of them take a second or two. */
const PARALLEL = 128;
/** Written at once as having heard. After a kill those of one batch are told again, which does no harm. */
const BATCH = 256;

/** How far the announcement of the version in force has come. Mutable; owned by the object, new with each version. */
export interface Progress {
  isPublished: boolean;
  /** Rounds that did not reach everybody. */
  missedRounds: number;
}

export interface Announcement {
  readonly storage: DurableObjectStorage;
  readonly kv: MeshKv | undefined;
  /** Undefined: there are no monitors. */
  readonly tell: ((monitor: string, slice: MeshSlice) => Promise<{ readonly ok: boolean }>) | undefined;
  readonly head: VersionMeta;
  readonly sliceOf: (service: string) => MeshSlice | null;
  /** Another version is in force by now: nobody need hear of this one. */
  readonly isOver: () => boolean;
}

/** One round. First KV, so that whoever hears of the version finds it there. Never rejects. */
export async function announce(announcement: Announcement, progress: Progress): Promise<void> {
  const { storage, kv, head, isOver } = announcement;
  if (kv !== undefined && !progress.isPublished) {
    const text = meshTextOf(storage.sql, head.version);
    progress.isPublished = text !== null && (await publish(kv, head.digest, text));
    if (isOver()) return;
  }
  const missed = await tellAll(announcement);
  const isDone = missed === 0 && (kv === undefined || progress.isPublished);
  progress.missedRounds = isDone ? 0 : progress.missedRounds + 1;
}

/** How many have not heard. */
async function tellAll({ storage, tell, head, sliceOf, isOver }: Announcement): Promise<number> {
  if (tell === undefined) return 0;
  let missed = 0;
  let heard: string[] = [];
  const note = () => {
    storage.transactionSync(() => noteHeard(storage.sql, heard, head.compiledAtMs));
    heard = [];
  };
  const waiting = regionsFirst(unheard(storage.sql, head.compiledAtMs, Date.now()));
  await inParallel(waiting, PARALLEL, async (monitor) => {
    const slice = isOver() ? null : sliceOf(parseMonitorName(monitor)!.service);
    if (slice === null) return;
    const isHeard = await within(tell(monitor, slice), ANSWER_MS).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isHeard) heard.push(monitor);
    else missed += 1;
    if (heard.length >= BATCH && !isOver()) note();
  });
  if (heard.length > 0 && !isOver()) note();
  return missed;
}

/** Shards hear it from their regional object too; isolates of a service without shards hear it from nobody else. */
function regionsFirst(monitors: readonly string[]): readonly string[] {
  const isShard = (monitor: string) => parseMonitorName(monitor)?.shard != null;
  return [...monitors.filter((monitor) => !isShard(monitor)), ...monitors.filter(isShard)];
}
