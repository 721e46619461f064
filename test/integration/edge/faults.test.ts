import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "../../../src/cli/origin/fault.ts";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { ask } from "../harness/ask.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";
import { pause } from "../harness/state.ts";
import { startTraffic, type TrafficReport } from "../harness/traffic.ts";

/** When the fault begins, and how long it has to be found. */
const BROKEN_MS = 3_000;
const FOUND_MS = BROKEN_MS + 5_000;
const SECONDS = 14;
/** Six services at once: 400 requests a second in all, a few percent of what two cores carry. */
const RPS = 50;

interface Scenario {
  readonly name: string;
  readonly fault: Fault;
  /** The faulty origin's share of all attempts from 5 s after the fault stays below this. */
  readonly maxShare: number;
  readonly settings?: string;
  readonly rps?: number;
}

const SCENARIOS: readonly Scenario[] = [
  { name: "hangs", fault: { hang: true }, maxShare: 0.05 },
  { name: "answers-500-in-1-ms", fault: { status: 500 }, maxShare: 0.05 },
  { name: "fails-20-percent", fault: { errorRatio: 0.2 }, maxShare: 0.05 },
  // Three requests a second are always let through to an endpoint that queues: 2 % here, 6 % of the others' rate.
  { name: "is-ten-times-slower", fault: { slowFactor: 10 }, maxShare: 0.05, rps: 150 },
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
  /** The origin that got the fault: the one that most traffic went to. */
  const victims = new Map<string, Origin>();

  beforeAll(async () => {
    const pools = new Map<string, Origin[]>();
    const services: Record<string, string> = {};
    for (const { name, settings } of SCENARIOS) {
      const origins: Origin[] = [];
      for (const origin of ["aws", "gcp", "azure"]) {
        origins.push(await own.origin(origin, { baseLatencyMs: 30, jitterMs: 20 }));
      }
      pools.set(name, origins);
      services[name] = `endpoints: ${endpoints(origins)}${settings === undefined ? "" : `, ${settings}`}`;
    }
    const edge: Edge = await own.edge(servicesByHost(services));
    // What a cold edge does once (code, objects, connections) must not look like slow origins.
    for (const { name } of SCENARIOS) for (let at = 0; at < 20; at++) await ask(edge, "/", { host: `${name}.test` });
    const runs = SCENARIOS.map(({ name, rps }) =>
      startTraffic(edge, { host: `${name}.test`, rps: rps ?? RPS, seconds: SECONDS }),
    );
    await pause(BROKEN_MS - runs[0]!.elapsedMs());
    for (const [name, pool] of pools) {
      victims.set(
        name,
        pool.reduce((most, one) => (one.stats().requests > most.stats().requests ? one : most)),
      );
    }
    await Promise.all(SCENARIOS.map(({ name, fault }) => victims.get(name)!.setFault(fault)));
    const done = await Promise.all(runs.map((run) => run.done));
    SCENARIOS.forEach(({ name }, at) => {
      reports.set(name, done[at]!);
    });
  });

  it.each(SCENARIOS)("that $name costs at most one idempotent request in a thousand", ({ name }) => {
    const report = reports.get(name)!;
    expect(report.summary.failed / report.summary.sent, report.describe()).toBeLessThanOrEqual(0.001);
  });

  it.each(SCENARIOS)("that $name gets less than $maxShare of the attempts 5 s later", ({ name, maxShare }) => {
    const report = reports.get(name)!;
    const { name: victim } = victims.get(name)!;
    const said = `${victim} got the fault\n${report.describe()}`;
    expect(report.share(victim, 0, BROKEN_MS), said).toBeGreaterThan(0.3);
    expect(report.share(victim, FOUND_MS), said).toBeLessThan(maxShare);
  });
});
