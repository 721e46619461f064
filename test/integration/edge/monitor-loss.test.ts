import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { type Answer, ask } from "../harness/ask.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { type Machine, steadily } from "../harness/machine.ts";
import { createResources } from "../harness/resources.ts";
import { pause, type ServiceView, serviceIn, stateOf, until } from "../harness/state.ts";
import { startTraffic, type TrafficReport } from "../harness/traffic.ts";

const FAULTS = ["evicted", "throwing", "overloaded", "late", "hung"] as const;
type Fault = (typeof FAULTS)[number] | "none";

const own = createResources();
afterAll(own.close);

async function setFault(edge: Edge, fault: Fault): Promise<void> {
  await ask(edge, `/__test/monitor?fault=${fault}`);
}

async function callsMet(edge: Edge): Promise<number> {
  return (JSON.parse((await ask(edge, "/__test/monitor")).text) as { met: number }).met;
}

function startWith(config: string): Promise<Edge> {
  return own.edge(config, { entry: join(import.meta.dirname, "worker/faulty-monitor.ts") });
}

/** A request that waited for a late object would take 5 s; a pause of a busy machine is shorter than this. */
const MAX_WAIT_MS = 4_000;
/** How late a beat of the machine may be. */
const BEARABLE_MS = 250;

interface Course {
  /** From before the fault to after it. */
  readonly report: TrafficReport;
  readonly met: number;
  /** When the fault of the object began and ended, and when an origin died in between; ms since the start. */
  readonly brokenMs: number;
  readonly killedMs: number;
  readonly healedMs: number;
  readonly healed: ServiceView;
  /** When it began, by performance.now(). */
  readonly beganAt: number;
}

/** One edge for each fault, all at once: 50 requests a second each. */
async function takeCourse(fault: Fault, machine: Machine): Promise<Course> {
  const options = { baseLatencyMs: 5, jitterMs: 5 };
  const victim = await own.origin("aws", options);
  const others = [await own.origin("gcp", options), await own.origin("azure", options)];
  const edge = await startWith(servicesByHost({ shop: `endpoints: ${endpoints([victim, ...others])}` }));
  if (fault === FAULTS[0]) machine.begin(edge);
  const beganAt = performance.now();
  const traffic = startTraffic(edge, { host: "shop.test", rps: 50, seconds: 13 });
  await pause(2_500);
  await setFault(edge, fault);
  const brokenMs = traffic.elapsedMs();
  await pause(2_500);
  await victim.setFault({ refuse: true });
  const killedMs = traffic.elapsedMs();
  await pause(3_000);
  const met = await callsMet(edge);
  await setFault(edge, "none");
  const healedMs = traffic.elapsedMs();
  const healed = await until(
    "a fresh snapshot",
    // A call that hangs is given up after 8 s, and then there is another second until the next.
    25_000,
    async () => serviceIn(await stateOf(edge), "shop"),
    ({ snapshotAgeMs }) => snapshotAgeMs !== null && snapshotAgeMs < 400,
  );
  const report = await traffic.done;
  return { report, met, brokenMs, killedMs, healedMs, healed, beganAt };
}

describe("a Durable Object that goes wrong", () => {
  const courses = new Map<Fault, Course>();
  let machine: Machine;

  beforeAll(() =>
    steadily(BEARABLE_MS, async (beats) => {
      machine = beats;
      await own.close();
      const taken = await Promise.all(FAULTS.map((fault) => takeCourse(fault, beats)));
      FAULTS.forEach((fault, at) => {
        courses.set(fault, taken[at]!);
      });
    }),
  );

  it.each(FAULTS)("(%s) makes no request fail", (fault) => {
    const { report, met } = courses.get(fault)!;
    expect(met, "calls that met the fault").toBeGreaterThan(0);
    expect(report.failedOn(machine), report.describe()).toBe(0);
  });

  it.each(FAULTS)("(%s) makes no request wait", (fault) => {
    if (machine.collapsed()) return;
    const { report, brokenMs, healedMs, beganAt } = courses.get(fault)!;
    const latencies = (fromMs: number, toMs: number) =>
      report.results
        .filter(({ dueAtMs }) => dueAtMs >= fromMs && dueAtMs < toMs)
        .map(({ latencyMs }) => latencyMs)
        .sort((a, b) => a - b);
    const before = latencies(1_000, brokenMs);
    const during = latencies(brokenMs, healedMs);
    const median = (sorted: readonly number[]) => sorted[sorted.length >> 1]!;
    // What became slower for requests that need nothing is the machine's doing.
    const slower = Math.max(
      1,
      machine.medianMs(beganAt + brokenMs, beganAt + healedMs) /
        machine.medianMs(beganAt + 1_000, beganAt + brokenMs) || 1,
    );
    const said = `median ${median(before)} ms before, ${median(during)} ms during, machine ${slower} times slower\n${report.describe()}`;
    // The cold wait of 50 ms for every request would show in the median; twice and 20 ms more is what noise may do.
    expect(median(during), said).toBeLessThan(slower * (2 * median(before) + 20));
    expect(during.at(-1), said).toBeLessThan(MAX_WAIT_MS);
  });

  it.each(FAULTS)("(%s) does not keep traffic at an origin that dies meanwhile", (fault) => {
    if (machine.collapsed()) return;
    const { report, killedMs, healedMs } = courses.get(fault)!;
    expect(report.share("aws", killedMs + 1_000, healedMs), report.describe()).toBeLessThan(
      machine.ran() ? 0.05 : 0.15,
    );
  });

  it.each(FAULTS)("(%s) is heard again when it is well", (fault) => {
    const { healed } = courses.get(fault)!;
    expect(healed.snapshotAgeMs, JSON.stringify(healed.sync)).toBeLessThan(400);
    expect(healed.sync.slowdown, JSON.stringify(healed.sync)).toBe(1);
  });
});

describe("a Durable Object that was never well", () => {
  const first = new Map<Fault, Answer>();
  const reports = new Map<Fault, TrafficReport>();

  let machine: Machine;

  async function startAll(beats: Machine): Promise<void> {
    machine = beats;
    await own.close();
    // So few that the first ones, of which an isolate without a snapshot may try few again, do not come together.
    const start = async (fault: Fault) => {
      const origins = [await own.origin("aws"), await own.origin("gcp", { fault: { refuse: true } })];
      const edge = await startWith(servicesByHost({ shop: `endpoints: ${endpoints(origins)}` }));
      await setFault(edge, fault);
      if (fault === FAULTS[0]) beats.begin(edge);
      first.set(fault, await ask(edge, "/", { host: "shop.test" }));
      reports.set(fault, await startTraffic(edge, { host: "shop.test", rps: 15, seconds: 4 }).done);
    };
    await Promise.all(FAULTS.map(start));
  }

  beforeAll(() => steadily(BEARABLE_MS, startAll));

  it.each(FAULTS)("(%s) keeps a cold edge waiting for no more than a moment", (fault) => {
    if (machine.collapsed()) return;
    const { status, headers, text, headMs } = first.get(fault)!;
    expect([status, headers["x-heddle-snapshot-age-ms"]], text).toEqual([200, "none"]);
    expect(headMs).toBeLessThan(MAX_WAIT_MS);
  });

  it.each(FAULTS)("(%s) leaves an edge to what it finds itself", (fault) => {
    if (machine.collapsed()) return;
    const report = reports.get(fault)!;
    expect(report.failedOn(machine), report.describe()).toBe(0);
    expect(report.share("gcp", 1_000), report.describe()).toBeLessThan(machine.ran() ? 0.1 : 0.2);
  });
});
