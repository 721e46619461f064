/** Keeps one stream of a cluster going: lists it, watches it, waits after failures, until a moment or a signal ends the round. */
import type { Fault } from "../../src/discovery/kubernetes/fault.ts";
import {
  type Change,
  type Inventory,
  isBounded,
  onList,
  onObject,
  type StreamKey,
} from "../../src/discovery/kubernetes/inventory.ts";
import { nextStep, onFault, onHeard, onListed, onOpened, type Stream } from "../../src/discovery/kubernetes/stream.ts";
import { listAll, type Opened, TOO_LARGE, watch } from "./api-server.ts";

/** An API server sends a bookmark about once a minute; silence for longer is a connection that may be dead. */
const IDLE_MS = 75_000;
/** A watch that ends sooner in good order, without a word, counts as one that failed: else a broken server is asked in a tight loop. */
const SHORTEST_WATCH_MS = 1_000;

export interface Reflection {
  readonly key: StreamKey;
  readonly inventory: Inventory;
  readonly open: () => Opened;
  readonly stream: () => Stream;
  /** Takes in where the stream stands, and what was changed in the inventory. */
  readonly become: (stream: Stream, change: Change) => void;
  readonly untilMs: number;
  readonly signal: AbortSignal;
}

const NO_CHANGE: Change = new Map();

/** Never rejects, unless storage does. */
export async function reflect(own: Reflection): Promise<void> {
  const { signal, stream, untilMs } = own;
  while (!signal.aborted && Date.now() < untilMs) {
    const step = nextStep(stream(), Date.now());
    if (step.do === "wait") {
      await sleep(Math.min(step.ms, untilMs - Date.now()), signal);
      continue;
    }
    const opened = own.open();
    const fault = !opened.ok
      ? opened.fault
      : step.do === "list"
        ? await list(own, opened)
        : await follow(own, opened, step.resourceVersion);
    if (fault !== null && !signal.aborted) {
      own.become(onFault(stream(), fault, Date.now(), Math.random), NO_CHANGE);
    }
  }
}

type Ready = Extract<Opened, { ok: true }>;

async function list({ key, inventory, stream, become, signal }: Reflection, { server }: Ready): Promise<Fault | null> {
  const listed = await listAll(server, key, signal);
  if (!listed.ok) return listed.fault;
  if (signal.aborted) return null;
  become(onListed(stream(), listed.resourceVersion, Date.now()), onList(inventory, key, listed.records));
  return null;
}

async function follow(own: Reflection, { server }: Ready, from: string): Promise<Fault | null> {
  const { key, inventory, stream, become, untilMs, signal } = own;
  const startedAtMs = Date.now();
  let isSilent = true;
  const fault = await watch(server, key, {
    from,
    timeoutMs: untilMs - startedAtMs,
    idleMs: IDLE_MS,
    signal,
    onOpen: () => become(onOpened(stream(), Date.now()), NO_CHANGE),
    onEvents: (events) => {
      if (signal.aborted) return null;
      isSilent = false;
      const changes = events.map((event) =>
        event.type === "object" ? onObject(inventory, key.resource, event.key, event.record) : NO_CHANGE,
      );
      const change = new Map(changes.flatMap((one) => [...one]));
      become(onHeard(stream(), events.at(-1)!.resourceVersion, Date.now()), change);
      const records = inventory[key.resource];
      return change.size === 0 || isBounded(records.values(), records.size) ? null : TOO_LARGE;
    },
  });
  if (fault !== null || signal.aborted) return fault;
  if (isSilent && Date.now() - startedAtMs < Math.min(SHORTEST_WATCH_MS, untilMs - startedAtMs)) {
    return { reason: "unreachable", detail: "the watch was over at once" };
  }
  become(onHeard(stream(), stream().resourceVersion, Date.now()), NO_CHANGE);
  return null;
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(end, ms);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
    signal.addEventListener("abort", end);
  });
}
