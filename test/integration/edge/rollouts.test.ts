import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import type { RolloutDescription } from "../../../src/core/rollout/description.ts";
import { runCli } from "../cli-process.ts";
import { ask } from "../harness/ask.ts";
import { type Machine, steadily } from "../harness/machine.ts";
import { createResources } from "../harness/resources.ts";
import { postRollout, rolloutOf, tellRollout } from "../harness/rollouts.ts";
import { pause, stateOf, until } from "../harness/state.ts";
import { startTraffic, type TrafficReport } from "../harness/traffic.ts";

const NAMES = ["good", "failing", "slow"] as const;
const RPS = 60;
/** Traffic goes on until a weight is in force after the last rollout has ended, and for so long at most. */
const MAX_SECONDS = 45;
/** Of the first step, percent. */
const WEIGHT = 20;
/** A weight said at the object is in force at isolates under traffic after so long: a round and a sync, and room. */
const IN_FORCE_MS = 5_000;

const own = createResources();
afterAll(own.close);

function config(pairs: readonly { name: string; stable: Origin; canary: Origin }[], more = ""): string {
  const settings =
    "retry: { attempts: 0 }, loadBalancing: { policy: round-robin }, timeouts: { request: 20s, backendRequest: 15s }";
  const services = pairs.map(
    ({ name, stable, canary }) => `
  ${name}:
    endpoints:
      - { id: ${name}-v1, url: "${stable.url}", labels: { v: v1 } }
      - { id: ${name}-v2, url: "${canary.url}", labels: { v: v2 } }
    subsets: { v1: { labels: { v: v1 }, ${settings} }, v2: { labels: { v: v2 }, ${settings} } }`,
  );
  const rollouts = pairs.map(
    ({ name }) => `
  ${name}:
    stable: { service: ${name}, subset: v1 }
    canary: { service: ${name}, subset: v2 }
    steps: [{ weight: ${WEIGHT}, bake: 1s }, { weight: 60, bake: 1s }, { weight: 100, bake: 1s }]
    analysis: { minRequests: 20, successRate: { min: 95, maxDrop: 5 }, p99: { max: 1s, maxRatio: 0 } }
    ${more}`,
  );
  const routes = pairs.map(
    ({ name }) => `
  - { name: to-${name}, hostnames: [${name}.test], rules: [{ backendRefs: [{ rollout: ${name} }] }] }`,
  );
  return `services:${services.join("")}\nrollouts:${rollouts.join("")}\nroutes:${routes.join("")}\n`;
}

const hasEnded = ({ phase }: RolloutDescription) => phase !== "running";

describe("three rollouts under traffic, of a good canary, one that answers 500 and one that is slow", () => {
  let edge: Edge;
  const reports = {} as Record<(typeof NAMES)[number], TrafficReport>;
  const ended = {} as Record<(typeof NAMES)[number], RolloutDescription>;
  const endedAtMs = {} as Record<(typeof NAMES)[number], number>;
  let startedAtMs = 0;
  let machine: Machine;

  async function takeCourse(beats: Machine): Promise<void> {
    machine = beats;
    await own.close();
    // Slower than a canary may be by more than what a busy machine adds to a good one.
    const faults = { good: {}, failing: { status: 500 }, slow: { latencyMs: 2_000 } };
    const pairs = await Promise.all(
      NAMES.map(async (name) => ({
        name,
        stable: await own.origin(`${name}-v1`, { baseLatencyMs: 5, jitterMs: 10 }),
        canary: await own.origin(`${name}-v2`, { baseLatencyMs: 5, jitterMs: 10, fault: faults[name] }),
      })),
    );
    edge = await own.edge(config(pairs));
    machine.begin(edge);
    const runs = NAMES.map((name) => startTraffic(edge, { host: `${name}.test`, rps: RPS, seconds: MAX_SECONDS }));
    try {
      await pause(2_000);
      startedAtMs = runs[0]!.elapsedMs();
      for (const name of NAMES) await tellRollout(edge, name, "start");
      await Promise.all(
        NAMES.map(async (name) => {
          ended[name] = await until(`${name} ends`, 35_000, () => rolloutOf(edge, name), hasEnded);
          endedAtMs[name] = runs[0]!.elapsedMs();
        }),
      );
      machine.mustRun();
      await pause(IN_FORCE_MS + 500);
    } finally {
      for (const run of runs) run.stop();
    }
    for (const [i, name] of NAMES.entries()) reports[name] = await runs[i]!.done;
  }

  beforeAll(() => steadily(250, takeCourse));

  it("sends the canary nothing before it is started", () => {
    for (const name of NAMES) expect(reports[name].attempts(`${name}-v2`, 0, startedAtMs)).toBe(0);
  });

  it("promotes the good one through every step", () => {
    if (machine.collapsed()) return;
    const { phase, percent, history } = ended.good;
    expect({ phase, percent }, JSON.stringify(ended.good)).toEqual({ phase: "promoted", percent: 100 });
    expect(history.map((event) => event.percent)).toEqual([100, 100, 60, WEIGHT]);
    expect(reports.good.failedOn(machine), reports.good.describe()).toBe(0);
    // All of it was its share a second before, when the last step began.
    const fromMs = endedAtMs.good + (machine.ran() ? 0 : IN_FORCE_MS);
    expect(reports.good.share("good-v2", fromMs), reports.good.describe()).toBe(1);
  });

  it("gives the canary its share in the first step, not more", () => {
    if (machine.collapsed()) return;
    const [, second, first] = ended.good.history.slice(-3).map(({ atMs }) => atMs);
    const seconds = (second! - first!) / 1_000;
    expect(seconds).toBeGreaterThanOrEqual(1);
    const fromMs = startedAtMs;
    const share = reports.failing.share("failing-v2", fromMs, endedAtMs.failing);
    // The breaker takes some of its share: it is an upper bound. Of n requests, 4 standard deviations.
    const n = ((endedAtMs.failing - fromMs) / 1_000) * RPS;
    expect(share).toBeLessThan(WEIGHT / 100 + 4 * Math.sqrt((0.2 * 0.8) / n));
  });

  it("rolls the one that answers 500 back by itself, with few failed requests", () => {
    if (machine.collapsed()) return;
    const { phase, percent, why } = ended.failing;
    expect({ phase, percent }, JSON.stringify(ended.failing)).toEqual({ phase: "rolled-back", percent: 0 });
    expect(why).toContain("failureRatio");
    // At the canary: what a machine that stands still makes fail is another matter.
    const failures = reports.failing.results.filter(({ ok, attempts }) => !ok && attempts.includes("failing-v2"));
    const failed = failures.length;
    // The canary's share of what is sent in the time that it takes at most; and 4 standard deviations.
    const expected = (IN_FORCE_MS / 1_000) * RPS * (WEIGHT / 100);
    expect(failed, reports.failing.describe()).toBeGreaterThanOrEqual(5);
    expect(failed, reports.failing.describe()).toBeLessThan(expected + 4 * Math.sqrt(expected));
    expect(failures.filter(({ dueAtMs }) => dueAtMs > endedAtMs.failing + IN_FORCE_MS)).toEqual([]);
  });

  it("rolls the slow one back on its p99, without a failed request", () => {
    if (machine.collapsed()) return;
    const { phase, percent, why } = ended.slow;
    expect({ phase, percent }, JSON.stringify(ended.slow)).toEqual({ phase: "rolled-back", percent: 0 });
    expect(why).toContain("p99Ms");
    expect(reports.slow.failedOn(machine), reports.slow.describe()).toBe(0);
    expect(reports.slow.attempts("slow-v2", endedAtMs.slow + IN_FORCE_MS)).toBe(0);
  });

  it("lists all three, and the weight in force in the isolate that answers", async () => {
    if (machine.collapsed()) return;
    const { rollouts } = JSON.parse((await ask(edge, "/.heddle/rollouts")).text) as {
      rollouts: readonly (RolloutDescription & { here: { percent: number } })[];
    };
    expect(rollouts.map(({ name, phase, here }) => [name, phase, here.percent])).toEqual([
      ["good", "promoted", 100],
      ["failing", "rolled-back", 0],
      ["slow", "rolled-back", 0],
    ]);
  });
});

describe("a rollout in the hands of an operator", () => {
  let edge: Edge;
  const get = (headers: Record<string, string> = {}) => ask(edge, "/", { host: "manual.test", headers });
  const TOKEN = "secret-of-the-operators";

  beforeAll(async () => {
    const stable = await own.origin("manual-v1");
    const canary = await own.origin("manual-v2");
    const force = "force: { header: X-Rollout, cookie: rollout }";
    edge = await own.edge(config([{ name: "manual", stable, canary }], force));
  });

  it("goes where a header or a cookie says, whatever the weight", async () => {
    expect((await get()).headers["x-origin"]).toBe("manual-v1");
    const forced = await get({ "x-rollout": "canary" });
    expect(forced.headers["x-origin"]).toBe("manual-v2");
    expect(forced.headers["x-heddle-rollout"]).toBe("manual;side=canary;percent=0;revision=0");
    expect((await get({ cookie: "a=b; rollout=canary" })).headers["x-origin"]).toBe("manual-v2");
    expect((await get({ cookie: "rollout=canary", "x-rollout": "stable" })).headers["x-origin"]).toBe("manual-v1");
    expect((await get({ "x-rollout": "neither" })).headers["x-origin"]).toBe("manual-v1");
  });

  it("keeps its weight while it is paused, and takes everything back when it is aborted, within seconds", async () => {
    await tellRollout(edge, "manual", "start");
    await tellRollout(edge, "manual", "promote");
    await tellRollout(edge, "manual", "promote");
    expect(await tellRollout(edge, "manual", "pause")).toMatchObject({ phase: "paused", percent: 100 });
    const side = (origin: string) => async () => (await get()).headers["x-origin"] === origin;
    await until("all goes to the canary", IN_FORCE_MS, side("manual-v2"), Boolean);
    expect((await get({ "x-rollout": "stable" })).headers["x-origin"]).toBe("manual-v1");
    const { rollouts } = await stateOf(edge);
    expect(rollouts).toMatchObject([{ name: "manual", percent: 100 }]);
    await tellRollout(edge, "manual", "abort");
    await until("all goes back", IN_FORCE_MS, side("manual-v1"), Boolean);
    expect((await rolloutOf(edge, "manual")).history.map(({ phase, by }) => `${phase} ${by}`)).toEqual([
      "aborted a test",
      "paused a test",
      "running a test",
      "running a test",
      "running a test",
    ]);
  });

  it("refuses what makes no sense, with the status that says so", async () => {
    expect((await postRollout(edge, "manual", { action: "resume" })).status).toBe(409);
    expect((await postRollout(edge, "manual", { action: "explode" })).status).toBe(400);
    expect((await postRollout(edge, "nobody", { action: "start" })).status).toBe(404);
    expect((await postRollout(edge, "manual", { action: "start" }, { "content-type": "text/plain" })).status).toBe(415);
  });

  it("is operated by the heddle command", async () => {
    const heddle = (...words: string[]) => runCli(["rollout", ...words, "--edge", edge.url], import.meta.dirname);
    const started = await heddle("manual", "start", "--by", "ada", "--json");
    expect(JSON.parse(started.stdout), started.stderr).toMatchObject({ phase: "running", step: 0, percent: WEIGHT });
    expect((await heddle()).stdout).toMatch(/^manual +running +1\/3 +20 % /m);
    const aborted = await heddle("manual", "abort");
    expect(aborted.stdout).toContain("manual aborted: told to stop");
    expect(await heddle("manual", "pause")).toMatchObject({ code: 1, stderr: expect.stringContaining("409") });
    expect(await heddle("manual", "strat")).toMatchObject({ code: 2, stderr: expect.stringContaining("start") });
  });

  it("listens to holders of the operator token only, outside dev mode", async () => {
    const origin = await own.origin("guarded-v1");
    const guarded = await own.edge(config([{ name: "manual", stable: origin, canary: origin }]), {
      dev: false,
      bindings: { HEDDLE_OPERATOR_TOKEN: TOKEN, HEDDLE_DEBUG_TOKEN: "for-reading" },
    });
    const as = (token: string) => ({ authorization: `Bearer ${token}` });
    expect((await ask(guarded, "/.heddle/rollouts")).status).toBe(401);
    expect((await ask(guarded, "/.heddle/rollouts", { headers: as("for-reading") })).status).toBe(200);
    for (const headers of [{}, as("for-reading"), as("wrong")]) {
      expect((await postRollout(guarded, "manual", { action: "start" }, headers)).status).toBe(401);
    }
    expect((await postRollout(guarded, "manual", { action: "start" }, as(TOKEN))).status).toBe(200);
    expect((await ask(guarded, "/", { host: "manual.test" })).headers["x-heddle-rollout"]).toBeUndefined();
  });
});
