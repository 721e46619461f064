/** One soak: load and faults side by side, then a check that everything came back. */
import { performance } from "node:perf_hooks";
import { startLoad } from "../../src/cli/load/run-load.ts";
import type { LoadResult } from "../../src/cli/load/summary.ts";
import { writeFault } from "../../src/cli/origin/fault.ts";
import { seededRng } from "../../src/core/rng.ts";
import { ask } from "../integration/harness/ask.ts";
import { residentMb } from "../integration/harness/memory.ts";
import { starvedMs } from "../integration/harness/starvation.ts";
import { pause } from "../integration/harness/state.ts";
import type { Sample } from "./growth.ts";
import { type ObjectSize, sizesOf, unsettled } from "./look.ts";
import { attemptedBy, judge, type StreamKind } from "./lost.ts";
import { planSoak, SETTLE_MS, type SoakEvent } from "./schedule.ts";
import { type Stalls, watchStalls } from "./stalls.ts";
import { conclude, type SoakResult } from "./verdict.ts";
import { CUTTABLE, meshWith, OBJECTS, ORIGINS, SERVICES, startWorld, type World } from "./world.ts";

export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly rps: number;
  readonly onProgress: (line: string) => void;
}

/** A request that failed, and what it is taken for. */
export interface Failure {
  readonly verdict: ReturnType<typeof judge>;
  readonly stream: string;
  readonly service: string;
  readonly atMs: number;
  readonly tookMs: number;
  readonly status: number;
  readonly error: string;
  readonly attempts: string;
}

interface Failed {
  readonly result: LoadResult;
  readonly kind: StreamKind;
  readonly service: string;
}

/** What is sent, and which share of the requests it is. Bodies of 100 KB stream: they are too large to be kept. */
const STREAMS: readonly (StreamKind & { share: number; method: string; bodyBytes: number; key?: true })[] = [
  { name: "GET", repeatable: true, share: 0.8, method: "GET", bodyBytes: 0 },
  { name: "POST", repeatable: false, share: 0.1, method: "POST", bodyBytes: 2_000 },
  { name: "POST with a key", repeatable: true, share: 0.07, method: "POST", bodyBytes: 2_000, key: true },
  { name: "POST 100 KB", repeatable: false, share: 0.03, method: "POST", bodyBytes: 100_000 },
];

const SAMPLE_MS = 2_500;
const PROGRESS_MS = 10_000;
/** Attempts of this last part of the run say whether shares are back. */
const SHARES_MS = 8_000;
const FAILURES_KEPT = 200;

/** Runs it. Throws when the world cannot be started; everything it found is in the result. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { seconds, seed, rps, onProgress } = options;
  const events = planSoak({ seed, seconds, origins: ORIGINS.length, objects: OBJECTS, cuttable: CUTTABLE });
  const logged: string[] = [];
  const world = await startWorld(seed, (line) => {
    if (logged.length < FAILURES_KEPT) logged.push(line);
  });
  const stop = new AbortController();
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  const stalls = watchStalls(
    elapsedMs,
    () => ask(world.edge, "/.heddle/ready"),
    () => starvedMs(world.edge.pid),
  );
  const failed: Failed[] = [];
  const attempts = new Map<string, number>();
  const memory: Sample[] = [];
  const sizes: { atMs: number; objects: readonly ObjectSize[] }[] = [];
  try {
    const onResult = (kind: StreamKind) => (result: LoadResult) => {
      if (result.dueAtMs >= seconds * 1_000 - SHARES_MS) countAttempts(attempts, result);
      if (result.ok) return;
      const service = SERVICES[result.index % SERVICES.length]!;
      failed.push({ result, kind, service });
    };
    const runs = STREAMS.map((stream, at) => {
      const rng = seededRng(seed * 31 + at);
      return startLoad({
        url: `${world.edge.url}/soak`,
        rps: rps * stream.share,
        seconds,
        method: stream.method,
        rng,
        headers: (index) => ({
          host: `${SERVICES[index % SERVICES.length]!}.test`,
          ...(stream.key && { "idempotency-key": `${at}-${index}` }),
        }),
        ...(stream.bodyBytes > 0 && { body: Buffer.alloc(stream.bodyBytes, 120) }),
        onResult: onResult(stream),
      });
    });
    const judged = () => failed.map((one) => failureOf(one, events, stalls));
    const sum = (of: "sent" | "ok" | "failed") => runs.reduce((total, run) => total + run.counts()[of], 0);
    const progress = () => {
      const lost = judged().filter(({ verdict }) => verdict === "lost").length;
      const at = (elapsedMs() / 1_000).toFixed(0).padStart(4);
      const mb = memory.at(-1)?.value.toFixed(0) ?? "?";
      const faults = world.origins.map((origin) => `${origin.name} ${writeFault(origin.fault())}`).join(", ");
      onProgress(
        `${at} s  sent ${sum("sent")}  ok ${sum("ok")}  allowed ${sum("failed") - lost}  lost ${lost}  ${mb} MB  ${faults}`,
      );
    };
    const background = [
      every(SAMPLE_MS, stop.signal, async () => {
        // What is left after a collection is held; what was not collected yet says nothing.
        await ask(world.edge, "/__test/collect");
        memory.push({ atMs: elapsedMs(), value: residentMb(world.edge.pid) });
      }),
      every(PROGRESS_MS, stop.signal, async () => {
        sizes.push({ atMs: elapsedMs(), objects: await sizesOf(world.edge, OBJECTS) });
        progress();
      }),
      play(events, world, elapsedMs, stop.signal, onProgress),
    ];
    const summaries = await Promise.all(runs.map((run) => run.done));
    const settled = await untilSettled(world, elapsedMs, events);
    stop.abort();
    await Promise.all(background);
    const exit = await Promise.race([world.edge.exited, pause(0).then(() => null)]);
    return conclude({
      ...{ options: { seconds, seed, rps }, events, failures: judged(), memory, sizes, ...settled },
      streams: STREAMS.map(({ name }, at) => ({ name, ...summaries[at]! })),
      attempts: Object.fromEntries(attempts),
      crashed: exit === null ? null : exit.lastLines.join("\n"),
      logged,
      stalls: stalls.count(),
      ownStalls: stalls.ownCount(),
    });
  } finally {
    stop.abort();
    stalls.stop();
    await world.close();
  }
}

function failureOf({ result, kind, service }: Failed, events: readonly SoakEvent[], stalls: Stalls): Failure {
  const { dueAtMs: atMs, doneAtMs, latencyMs: tookMs, status, error, attempts } = result;
  const verdict = judge(result, kind, events, ORIGINS, stalls.wasWithin(atMs, doneAtMs));
  return { verdict, stream: kind.name, service, atMs, tookMs, status, error, attempts };
}

function countAttempts(attempts: Map<string, number>, result: LoadResult): void {
  const service = SERVICES[result.index % SERVICES.length]!;
  for (const endpoint of attemptedBy(result)) {
    const key = `${service} ${endpoint}`;
    attempts.set(key, (attempts.get(key) ?? 0) + 1);
  }
}

/** Lets the events happen at their time. */
async function play(
  events: readonly SoakEvent[],
  world: World,
  elapsedMs: () => number,
  signal: AbortSignal,
  onProgress: (line: string) => void,
): Promise<void> {
  for (const event of events) {
    await pause(Math.max(0, event.atMs - elapsedMs()));
    if (signal.aborted) return;
    try {
      await carryOut(event, world);
    } catch (error) {
      onProgress(`      ${event.kind} failed: ${error}`);
    }
  }
}

async function carryOut(event: SoakEvent, { origins, edge }: World): Promise<void> {
  switch (event.kind) {
    case "fault":
      return origins[event.origin]!.setFault(event.fault);
    case "heal":
      return origins[event.origin]!.setFault({});
    case "abort":
      await ask(edge, `/__test/abort?object=${encodeURIComponent(event.object)}`);
      return;
    case "cut":
    case "join":
      await ask(edge, `/__test/cut?object=${encodeURIComponent(event.object)}&on=${event.kind === "cut" ? 1 : 0}`);
      return;
    case "reload":
      return edge.putMesh(await meshWith(origins, event.mesh + 1));
  }
}

/** What is still not as it should be after the run; it may take until `SETTLE_MS` after the last event. */
async function untilSettled(
  { edge }: World,
  elapsedMs: () => number,
  events: readonly SoakEvent[],
): Promise<{ readonly stuck: readonly string[] }> {
  const untilMs = Math.max(elapsedMs(), (events.at(-1)?.atMs ?? 0) + SETTLE_MS) + 500;
  for (;;) {
    const stuck = await unsettled(edge, OBJECTS);
    if (stuck.length === 0 || elapsedMs() > untilMs) return { stuck };
    await pause(250);
  }
}

async function every(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await Promise.race([pause(ms), new Promise((end) => signal.addEventListener("abort", end, { once: true }))]);
    if (signal.aborted) return;
    try {
      await work();
    } catch {
      // The edge is ending, or an object is being ended: the next look says more.
    }
  }
}
