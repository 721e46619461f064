import { describe, expect, it } from "vitest";
import { runGameDay } from "../../../src/simulate/game-day.ts";
import type { SimulationResult } from "../../../src/simulate/result.ts";
import { CALM, lasting, MESH, meshFrom, meshWith, ONE, play, scenarioOf, USUAL } from "./days.ts";

const shareOf = (result: SimulationResult, id: string) =>
  result.endpoints.find((endpoint) => endpoint.id === id)!.share;

const ALL_DEAD = scenarioOf(
  ...["a", "b", "c", "d"].map((id) => ({ type: "down", target: { type: "endpoint", id } }) as const),
);

// Each plays days of some 10,000 requests: a fraction of a second, but of a busy machine's several.
describe("a game day", { timeout: 30_000 }, () => {
  it("is the same again under one seed, bit for bit, and another under another", () => {
    const scenario = scenarioOf({ type: "gray", target: ONE, errorPercent: 30 });
    const given = { durationMs: 20_000, warmUpMs: 2_000, loss: 0.01 };
    const first = play(scenario, given);
    expect(lasting(play(scenario, given))).toEqual(lasting(first));
    expect(lasting(play(scenario, { ...given, seed: 2 }))).not.toEqual(lasting(first));
  });

  it("without faults answers everything, and shows what was asked for", () => {
    const result = play(CALM);
    const { whole, before, during } = result.windows;
    // 9,000 expected, standard deviation √9,000 = 95; five of them.
    expect(Math.abs(whole.requests - 9_000)).toBeLessThan(5 * 95);
    expect(before.requests).toBe(whole.requests);
    expect(during.requests).toBe(0);
    expect(whole.success).toBeGreaterThan(0.999);
    expect(result).toMatchObject({ policy: "adaptive", seed: 1, detectMs: null, recoverMs: null });
    expect(result.timeline.requests.reduce((a, b) => a + b, 0)).toBe(whole.requests);
    expect(result.endpoints.map(({ id }) => id)).toEqual(["a", "b", "c", "d"]);
  });

  it("takes its origins' time as much as wanted", () => {
    const result = play(CALM, { utilisation: 0.4, policy: "random" });
    // 9,000 services of cv 1: 1.05 %; as many Poisson arrivals: 1.05 %. Five times the root of the sum of their squares.
    const mean = result.endpoints.reduce((sum, { utilisation }) => sum + utilisation, 0) / 4;
    expect(Math.abs(mean - 0.4)).toBeLessThan(0.4 * 5 * 0.0149);
  });

  it("counts every call to the state plane, and what it costs", () => {
    // Answers that all take about the same: none is news that goes at once.
    const steady = Object.fromEntries(["a", "b", "c", "d"].map((id) => [id, { cv: 0.1 }]));
    const quiet = play(CALM, { origins: steady, utilisation: 0.3 });
    // Twenty isolates of 15 requests a second: a flush 0.9 to 1.1 s after the first result, and sometimes a request that comes
    // before it and finds the snapshot a second old.
    const each = quiet.syncs / 20 / 30;
    expect(each).toBeGreaterThan(0.8);
    expect(each).toBeLessThan(1.5);
    // Two regions talk to the root once a second.
    expect(quiet.exchanges / 2 / 30).toBeGreaterThan(0.8);
    expect(quiet.exchanges / 2 / 30).toBeLessThan(1.1);
    // Workers 0.30, their CPU 0.02; calls 0.15 × (20 to 30 + 2) / 300; three objects 12.5 × 0.128 × 3 / 300; some rows.
    expect(Math.abs(quiet.costPerMillion - (0.32 + 0.014 + 0.016))).toBeLessThan(0.01);
    expect(play(CALM, { origins: steady, utilisation: 0.3, isolates: 40 }).syncs).toBeGreaterThan(1.5 * quiet.syncs);
  });

  it("tells how far it is", () => {
    const shares: number[] = [];
    runGameDay({ ...USUAL, mesh: MESH, scenario: CALM, durationMs: 1_000 }, (share) => shares.push(share));
    expect(shares).toEqual([...shares].sort((x, y) => x - y));
    expect(shares.at(-1)).toBe(1);
  });

  it.each([
    ["down", { type: "down", target: ONE }],
    ["black-hole", { type: "black-hole", target: ONE }],
    ["fast-fail", { type: "fast-fail", target: ONE }],
    ["outage", { type: "outage", target: { type: "region", cloud: "aws", region: "us-east-1" } }],
  ] as const)("of an endpoint that is lost (%s) shifts its traffic, keeps success, and brings it back", (_, fault) => {
    // With room to spare: this is about the fault, not about how well little capacity is shared.
    const result = play(scenarioOf(fault), { durationMs: 45_000, utilisation: 0.3 });
    const { before, during, after } = shareOf(result, "a");
    expect(before).toBeGreaterThan(0.1);
    expect(during).toBeLessThan(before / 4);
    expect(after).toBeGreaterThan(before / 3);
    // Nobody is left alone but the requests whose retries also met it.
    expect(result.windows.during.success).toBeGreaterThan(0.995);
    expect(result.detectMs).toBeLessThan(5_000);
    expect(result.recoverMs).not.toBeNull();
    expect(result.transitions.some(({ endpoint, to }) => endpoint === "a" && to === "open")).toBe(true);
    expect(result.endpoints.map(({ isFaulty }) => isFaulty)).toEqual([true, false, false, false]);
  });

  it("of an endpoint that flaps loses requests only at its turns", () => {
    const result = play(scenarioOf({ type: "flap", target: ONE, periodMs: 5_000 }), { utilisation: 0.3 });
    expect(result.windows.during.success).toBeGreaterThan(0.995);
  });

  it("of a slow endpoint is slower, and moves away from it", () => {
    const result = play(scenarioOf({ type: "slow", target: ONE, factor: 10 }), { utilisation: 0.3 });
    expect(shareOf(result, "a").during).toBeLessThan(shareOf(result, "a").before / 2);
    expect(result.windows.during.p999Ms).toBeGreaterThan(result.windows.before.p999Ms);
  });

  it("of a gray endpoint sends it less, so that less has to be tried again", () => {
    const scenario = scenarioOf({ type: "gray", target: ONE, errorPercent: 30 });
    const adaptive = play(scenario);
    const random = play(scenario, { policy: "random" });
    expect(shareOf(adaptive, "a").during).toBeLessThan(shareOf(adaptive, "a").before);
    expect(adaptive.windows.during.retriesPerRequest).toBeLessThan(random.windows.during.retriesPerRequest);
    // Checks would see nothing: some of its answers are good.
    expect(random.windows.during.success).toBeGreaterThan(0.97);
  });

  it.each([
    ["antagonist", { type: "antagonist", target: ONE, percent: 90 }],
    ["capacity-cut", { type: "capacity-cut", target: ONE, percent: 10 }],
  ] as const)("of a degraded endpoint (%s) hurts an unaware policy more than the adaptive one", (_, fault) => {
    const adaptive = play(scenarioOf(fault), { utilisation: 0.3 });
    const random = play(scenarioOf(fault), { utilisation: 0.3, policy: "random" });
    expect(adaptive.windows.during.withinSlo).toBeGreaterThan(random.windows.during.withinSlo);
  });

  it("of a lost path moves only the traffic of that region", () => {
    const lost = play(scenarioOf({ type: "path-loss", target: ONE, from: "enam" }), { regions: { enam: 1 } });
    const other = play(scenarioOf({ type: "path-loss", target: ONE, from: "enam" }), { regions: { weur: 1 } });
    const { before, during } = shareOf(lost, "a");
    expect(during).toBeLessThan(before / 4);
    expect(other.windows.during.retriesPerRequest).toBeLessThan(0.001);
  });

  it("of a cold recovery is slow for a while after the endpoint is back, where it is not brought back slowly", async () => {
    const mesh = await meshWith({ slowStart: { window: "0s" } });
    const fault = (factor: number) => ({ type: "cold-recovery", target: ONE, factor, warmMs: 15_000 }) as const;
    const afterwards = (factor: number) =>
      play(scenarioOf(fault(factor)), { mesh, utilisation: 0.3, policy: "random" }).windows.after;
    expect(afterwards(8).p99Ms).toBeGreaterThan(1.5 * afterwards(1).p99Ms);
  });

  it("of a surge brings as many requests more, and sheds what does not fit", () => {
    const { before, during } = play(scenarioOf({ type: "surge", factor: 3 })).windows;
    const rate = ({ requests, fromMs, toMs }: typeof before) => requests / (toMs - fromMs);
    // Ten of the window's fifteen seconds: (10 × 3 + 5) / 15 = 2.33 times. Before, 1,500 are certain to 2.6 %; five of them.
    expect(Math.abs(rate(during) / rate(before) - 2.33)).toBeLessThan(2.33 * 5 * 0.028);
    expect(during.shed).toBeGreaterThan(0.02);
  });

  it("of a retry storm brings failed requests again", () => {
    const outage = { type: "outage", target: { type: "all" } } as const;
    const storm = play(scenarioOf(outage, { type: "retry-storm", retries: 3 }));
    const plain = play(scenarioOf(outage));
    expect(storm.windows.during.requests).toBeGreaterThan(1.5 * plain.windows.during.requests);
    expect(storm.windows.before.requests).toBe(plain.windows.before.requests);
  });

  it("of a partitioned state plane still serves", () => {
    const alone = play(scenarioOf({ type: "partition", from: "all" }, { type: "down", target: ONE }), {
      utilisation: 0.3,
    });
    expect(alone.windows.during.success).toBeGreaterThan(0.99);
    expect(shareOf(alone, "a").during).toBeLessThan(shareOf(alone, "a").before / 2);
  });

  it("of a bad config loses the endpoint that it misleads, until it is rolled back", () => {
    const result = play(scenarioOf({ type: "bad-config", target: ONE }), { durationMs: 45_000, utilisation: 0.3 });
    const { before, during, after } = shareOf(result, "a");
    expect(during).toBeLessThan(before / 2);
    expect(after).toBeGreaterThan(before / 3);
    expect(result.windows.during.success).toBeGreaterThan(0.98);
    expect(result.windows.during.retriesPerRequest).toBeGreaterThan(0.001);
  });

  it("checks endpoints without traffic, and finds a dead one by that", async () => {
    const checked = await meshWith({
      healthChecks: [{ path: "/healthz", interval: "2s", timeout: "500ms" }],
      circuitBreaker: { enabled: false },
      outlierDetection: { enabled: false },
    });
    const result = play(scenarioOf({ type: "down", target: ONE }), { mesh: checked, policy: "random" });
    expect(result.transitions.some(({ endpoint, to }) => endpoint === "a" && to === "unhealthy")).toBe(true);
    expect(shareOf(result, "a").during).toBeLessThan(0.15);
    expect(shareOf(result, "a").after).toBeGreaterThan(0.2);
  });

  it("falls back to another service", async () => {
    const backup = { endpoints: [{ id: "z", url: "https://z.example" }] };
    const mesh = await meshWith({ fallback: [{ service: "backup" }] }, { backup });
    const moved = play(ALL_DEAD, { mesh });
    expect(moved.windows.during.success).toBeGreaterThan(0.99);
    expect(moved.endpoints.map(({ id }) => id)).toEqual(["a", "b", "c", "d", "z"]);
  });

  it("falls back to a response, and fails without any fallback", async () => {
    const mesh = await meshWith({ fallback: [{ response: { status: 200, body: "closed" } }] });
    expect(play(ALL_DEAD, { mesh }).windows.during.success).toBe(1);
    expect(play(ALL_DEAD).windows.during.success).toBeLessThan(0.5);
  });

  it("sends a second request beside a slow one where the config hedges", async () => {
    const mesh = await meshWith({ hedge: { percentile: 90, budgetPercent: 10 } });
    const fault = { type: "gray", target: ONE, errorPercent: 0 } as const;
    const hedged = play(scenarioOf(fault), { mesh, utilisation: 0.3 });
    const plain = play(scenarioOf(fault), { utilisation: 0.3 });
    expect(hedged.windows.during.retriesPerRequest).toBeGreaterThan(0.01);
    expect(hedged.windows.during.p99Ms).toBeLessThan(plain.windows.during.p99Ms);
  });

  it("routes as the config says", async () => {
    const service = (id: string) => ({ endpoints: [{ id, url: `https://${id}.example` }] });
    const mesh = await meshFrom({
      services: { red: service("r"), green: service("g") },
      routes: [
        {
          rules: [
            {
              backendRefs: [
                { service: "red", weight: 3 },
                { service: "green", weight: 1 },
              ],
            },
          ],
        },
      ],
    });
    const { timeline, windows } = play(CALM, { mesh });
    const [red, green] = timeline.attempts.map((column) => column.reduce((a, b) => a + b, 0));
    expect(red! + green!).toBe(windows.whole.requests);
    // Standard deviation √(0.75 · 0.25 / 9,000) = 0.0046; five of them.
    expect(Math.abs(red! / (red! + green!) - 0.75)).toBeLessThan(0.023);
  });

  it("replays a log as it was written", () => {
    const log = Array.from({ length: 2_000 }, (_, i) => ({ atMs: i * 5, method: "GET", url: "https://a.example/x" }));
    const { windows } = play(CALM, { log, durationMs: 9_000, warmUpMs: 1_000 });
    expect(windows.whole.requests).toBe(1_800);
  });

  it("refuses a service that the mesh lacks, and a world without callers", () => {
    expect(() => play(CALM, { service: "nobody" })).toThrow('no service "nobody"');
    expect(() => play(CALM, { regions: {} })).toThrow("no region");
  });
});
