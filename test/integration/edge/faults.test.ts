import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "../../../src/cli/origin/fault.ts";
import type { Origin, OriginOptions } from "../../../src/cli/origin/start-origin.ts";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { ask } from "../harness/ask.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { type Machine, steadily } from "../harness/machine.ts";
import { createResources } from "../harness/resources.ts";
import { pause } from "../harness/state.ts";
import { startTraffic, type TrafficReport } from "../harness/traffic.ts";

/** When the fault begins, and how long it has to be found. */
const BROKEN_MS = 3_000;
const FOUND_MS = BROKEN_MS + 5_000;
const SECONDS = 14;
/** Six services at once: 400 requests a second in all, a few percent of what two cores carry. */
const RPS = 50;
/** How late a beat of the machine may be: what is slower than this looks like what is tested for. */
const BEARABLE_MS = 200;
/** A third is a fair share. On a machine that delays every origin by as much as a fault does, this much is left to tell. */
const SHARE_ON_ANY_MACHINE = 0.25;

interface Scenario {
  readonly name: string;
  readonly fault: Fault;
  /** The faulty origin's share of all attempts from 5 s after the fault stays below this. */
  readonly maxShare: number;
  readonly settings?: string;
  readonly rps?: number;
  /** Of a well origin; default 30 ms and up to 20 more. */
  readonly latency?: Pick<OriginOptions, "baseLatencyMs" | "jitterMs">;
}

const SCENARIOS: readonly Scenario[] = [
  { name: "hangs", fault: { hang: true }, maxShare: 0.05 },
  { name: "answers-500-in-1-ms", fault: { status: 500 }, maxShare: 0.05 },
  // Half of the rounds of three probes pass (0.8³ = 0.51): it comes back and is found again, as one that flaps.
  { name: "fails-20-percent", fault: { errorRatio: 0.2 }, maxShare: 0.15 },
  // Three requests a second are always let through to an endpoint that queues: 2 % here, 6 % of the others' rate.
  // Slow enough to begin with that what a busy machine adds to all is little beside the difference.
  {
    name: "is-ten-times-slower",
    fault: { slowFactor: 10 },
    maxShare: 0.05,
    rps: 150,
    latency: { baseLatencyMs: 80, jitterMs: 40 },
  },
  { name: "flaps-every-3-s", fault: { flapMs: 3_000 }, maxShare: 0.15 },
  {
    name: "hangs-under-round-robin",
    fault: { hang: true },
    maxShare: 0.05,
    settings: "loadBalancing: { policy: round-robin }",
  },
];

const own = createResources();
afterAll(own.close);

describe("an origin that is not well", () => {
  const reports = new Map<string, TrafficReport>();
  let machine: Machine;
  /** The origin that got the fault: the one that most traffic went to. */
  const victims = new Map<string, Origin>();

  async function takeCourse(beats: Machine): Promise<void> {
    machine = beats;
    await own.close();
    const pools = new Map<string, Origin[]>();
    const services: Record<string, string> = {};
    for (const { name, settings, latency } of SCENARIOS) {
      const origins: Origin[] = [];
      for (const origin of ["aws", "gcp", "azure"]) {
        origins.push(await own.origin(origin, latency ?? { baseLatencyMs: 30, jitterMs: 20 }));
      }
      pools.set(name, origins);
      services[name] = `endpoints: ${endpoints(origins)}${settings === undefined ? "" : `, ${settings}`}`;
    }
    const edge: Edge = await own.edge(servicesByHost(services));
    // What a cold edge does once (code, objects, connections) must not look like slow origins.
    for (const { name } of SCENARIOS) for (let at = 0; at < 20; at++) await ask(edge, "/", { host: `${name}.test` });
    const warmUp = new Map([...pools.values()].flat().map((origin) => [origin, origin.stats().requests]));
    const asked = (origin: Origin) => origin.stats().requests - warmUp.get(origin)!;
    machine.begin(edge);
    const runs = SCENARIOS.map(({ name, rps }) =>
      startTraffic(edge, { host: `${name}.test`, rps: rps ?? RPS, seconds: SECONDS }),
    );
    try {
      await pause(BROKEN_MS - runs[0]!.elapsedMs());
      for (const [name, pool] of pools) {
        victims.set(
          name,
          pool.reduce((most, one) => (asked(one) > asked(most) ? one : most)),
        );
      }
      machine.mustRun();
      await Promise.all(SCENARIOS.map(({ name, fault }) => victims.get(name)!.setFault(fault)));
      await pause(FOUND_MS - runs[0]!.elapsedMs());
      machine.mustRun();
      const done = await Promise.all(runs.map((run) => run.done));
      SCENARIOS.forEach(({ name }, at) => {
        reports.set(name, done[at]!);
      });
    } finally {
      for (const run of runs) run.stop();
    }
  }

  beforeAll(() => steadily(BEARABLE_MS, takeCourse));

  it.each(SCENARIOS)("that $name costs at most one idempotent request in a thousand", ({ name }) => {
    const report = reports.get(name)!;
    const failed = report.failedOn(machine);
    expect(failed / report.summary.sent, report.describe()).toBeLessThanOrEqual(0.001);
  });

  it.each(SCENARIOS)("that $name gets less than $maxShare of the attempts 5 s later", ({ name, maxShare }) => {
    if (machine.collapsed()) return;
    const report = reports.get(name)!;
    const { name: victim } = victims.get(name)!;
    const said = `${victim} got the fault\n${report.describe()}`;
    expect(report.share(victim, 0, BROKEN_MS), said).toBeGreaterThan(0.3);
    expect(report.share(victim, FOUND_MS), said).toBeLessThan(machine.ran() ? maxShare : SHARE_ON_ANY_MACHINE);
  });
});
