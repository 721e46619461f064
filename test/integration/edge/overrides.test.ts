import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OperateReply } from "../../../durable-objects/service-monitor/replies.ts";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import type { MeshConfigInput } from "../../../src/config/schema/mesh.ts";
import type { MonitorDescription } from "../../../src/core/monitor/describe.ts";
import type { OperatorCommand } from "../../../src/core/monitor/override.ts";
import { ask, valuesOf } from "../harness/ask.ts";
import { type Machine, steadily } from "../harness/machine.ts";
import { createResources } from "../harness/resources.ts";
import { rulesByPath } from "../harness/rules.ts";
import { pause, until } from "../harness/state.ts";
import { startTraffic, type TrafficReport } from "../harness/traffic.ts";

/** What an operator says is in force at the edge within this. */
const IN_FORCE_MS = 5_000;
const POLICIES = ["adaptive", "round-robin", "random", "least-request"] as const;
/** Of each of four policies at once. */
const RPS = 40;

const own = createResources();
afterAll(own.close);

let origins: Origin[];
let edge: Edge;

const cloudOf = (id: string) => id.slice(0, 3);

beforeAll(async () => {
  origins = await Promise.all(
    ["aws-1", "aws-2", "gcp-1", "gcp-2"].map((name) => own.origin(name, { baseLatencyMs: 5, jitterMs: 2 })),
  );
  const endpoints = origins.map(({ name, url }) => ({
    id: name,
    url,
    locality: { cloud: cloudOf(name), region: name },
  }));
  const services: MeshConfigInput["services"] = Object.fromEntries(
    [...POLICIES, "seats", "brief"].map((name) => [
      name,
      {
        endpoints,
        loadBalancing: { policy: POLICIES.find((policy) => policy === name) ?? ("round-robin" as const) },
      },
    ]),
  );
  const rules = Object.fromEntries(
    Object.keys(services).map((service) => [
      `/${service}`,
      {
        ...(service === "seats" && { sessionPersistence: { sessionName: "seat" } }),
        backendRefs: [{ service }],
      },
    ]),
  );
  edge = await own.edge(rulesByPath(services, rules), {
    entry: join(import.meta.dirname, "worker/operated.ts"),
    bindings: { HEDDLE_SESSION_KEY: "0123456789abcdef0123456789abcdef" },
  });
});

async function call<T>(name: string, method: string, argument?: unknown): Promise<T> {
  const body = JSON.stringify({ name, method, argument });
  return JSON.parse((await ask(edge, "/__test/monitors", { method: "POST", body })).text) as T;
}

async function tell(service: string, command: OperatorCommand): Promise<Extract<OperateReply, { ok: true }>> {
  const reply = await call<OperateReply>(`${service}/root`, "operate", command);
  if (!reply.ok) throw new Error(`${reply.error}: ${reply.detail}`);
  return reply;
}

async function describeRoot(service: string): Promise<MonitorDescription> {
  return (await call<{ description: MonitorDescription }>(`${service}/root`, "describe")).description;
}

const cloudShare = (report: TrafficReport, cloud: string, fromMs: number, toMs: number) =>
  origins
    .filter(({ name }) => cloudOf(name) === cloud)
    .reduce((sum, { name }) => sum + report.share(name, fromMs, toMs), 0);

describe("what an operator says of a service under traffic", () => {
  const reports = {} as Record<(typeof POLICIES)[number], TrafficReport>;
  /** When each was said, ms since the start. */
  const at = { drain: 0, weight: 0, end: 0 };
  let machine: Machine;

  async function takeCourse(beats: Machine): Promise<void> {
    machine = beats;
    // What an earlier try said.
    for (const policy of POLICIES) {
      await tell(policy, { action: "clear", target: { cloud: "aws" } });
      await tell(policy, { action: "clear", target: { cloud: "gcp", region: "gcp-1" } });
    }
    machine.begin(edge);
    const runs = POLICIES.map((policy) => startTraffic(edge, { host: "x", path: `/${policy}`, rps: RPS, seconds: 22 }));
    const elapsed = () => runs[0]!.elapsedMs();
    try {
      await pause(3_000);
      at.drain = elapsed();
      for (const policy of POLICIES) await tell(policy, { target: { cloud: "aws" }, action: "drain" });
      await pause(IN_FORCE_MS + 2_000);
      machine.mustRun();
      at.weight = elapsed();
      for (const policy of POLICIES) {
        await tell(policy, { action: "clear", target: { cloud: "aws" } });
        await tell(policy, { target: { cloud: "gcp", region: "gcp-1" }, action: "weight", percent: 300 });
      }
      for (const [i, policy] of POLICIES.entries()) reports[policy] = await runs[i]!.done;
      at.end = 22_000;
    } finally {
      for (const run of runs) run.stop();
    }
  }

  beforeAll(() => steadily(250, takeCourse));

  it.each(POLICIES)("%s: sends nothing new to a drained cloud within five seconds, and loses no request", (policy) => {
    if (machine.collapsed()) return;
    const report = reports[policy];
    expect(cloudShare(report, "aws", 0, at.drain), report.describe()).toBeGreaterThan(0.2);
    expect(cloudShare(report, "aws", at.drain + IN_FORCE_MS, at.weight), report.describe()).toBe(0);
    expect(report.failedOn(machine), report.describe()).toBe(0);
  });

  it.each(POLICIES)("%s: gives an endpoint at 300 percent about three times what the others get", (policy) => {
    if (machine.collapsed()) return;
    const report = reports[policy];
    const fromMs = at.weight + IN_FORCE_MS;
    const requests = ((at.end - fromMs) / 1_000) * RPS;
    const share = report.share("gcp-1", fromMs, at.end);
    if (policy === "adaptive" || policy === "least-request") {
      // They go by latency and load too, which weights are only a part of.
      expect(share, report.describe()).toBeGreaterThan(machine.ran() ? 0.35 : 0.1);
      return;
    }
    // 3 of 6 parts; 4 standard deviations of so many draws.
    expect(Math.abs(share - 0.5), report.describe()).toBeLessThan(4 * Math.sqrt(0.25 / requests));
  });
});

describe("a session at a drained endpoint", () => {
  it("stays there while others go elsewhere, and the drain is over when it has ended", async () => {
    const first = await ask(edge, "/seats");
    const cookie = valuesOf(first.rawHeaders, "set-cookie")[0]!.split(";")[0]!;
    const seat = first.headers["x-heddle-endpoint"] as string;
    await tell("seats", { endpoint: seat, action: "drain", reason: "a test" });
    const isAvoided = async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => ask(edge, "/seats")));
      return answers.every(({ headers }) => headers["x-heddle-endpoint"] !== seat);
    };
    await until("nothing new goes there", IN_FORCE_MS, isAvoided, Boolean);
    for (let i = 0; i < 20; i++) {
      const { headers, status } = await ask(edge, "/seats", { headers: { cookie } });
      expect([status, headers["x-heddle-endpoint"]]).toEqual([200, seat]);
      await pause(100);
    }
    expect((await describeRoot("seats")).overrides).toMatchObject([{ state: "draining", reason: "a test" }]);
    // Fifteen seconds of quiet, as the last exchanges tell it.
    const { overrides, events } = await until(
      "it is drained",
      30_000,
      () => describeRoot("seats"),
      ({ overrides: [one] }) => one?.state === "drained",
    );
    expect(overrides[0]!.drainedAtMs).toBeGreaterThan(0);
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(["told", "draining", "drained"]));
  });
});

describe("an override with an end", () => {
  it("is over by itself", async () => {
    const isUsed = async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => ask(edge, "/brief")));
      return answers.some(({ headers }) => headers["x-heddle-endpoint"] === "aws-1");
    };
    await until("it is used", IN_FORCE_MS, isUsed, Boolean);
    const saidAt = performance.now();
    await tell("brief", { endpoint: "aws-1", action: "disable", forMs: 6_000 });
    await until("it is left", IN_FORCE_MS, isUsed, (used) => !used);
    await until("it is used again", 6_000 + IN_FORCE_MS, isUsed, Boolean);
    expect(performance.now() - saidAt).toBeGreaterThan(6_000);
  });

  it("that would take out everything is refused", async () => {
    const commands = [{ cloud: "aws" }, { cloud: "gcp" }].map((target) => ({ target, action: "disable" }) as const);
    const [first, second] = [
      await call<OperateReply>("brief/root", "operate", commands[0]),
      await call<OperateReply>("brief/root", "operate", commands[1]),
    ];
    expect([first, second]).toMatchObject([
      { ok: true, impact: { left: 2 } },
      { ok: false, error: "would_empty" },
    ]);
    expect((await ask(edge, "/brief")).status).toBe(200);
  });
});
