import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ejectOutlier } from "../../../../src/core/health/coordinator.ts";
import { adoptMesh } from "../../../../src/core/monitor/adopt-mesh.ts";
import { flushDueMs, isProbing, nextAlarmMs } from "../../../../src/core/monitor/alarm-plan.ts";
import { describeMonitor } from "../../../../src/core/monitor/describe.ts";
import { checkMessage, checkRow } from "../../../../src/core/monitor/exchange-message.ts";
import type { Monitor } from "../../../../src/core/monitor/monitor.ts";
import { shardOf } from "../../../../src/core/monitor/monitor-name.ts";
import { messageOf } from "../../../../src/core/monitor/on-exchange.ts";
import { onReport, onTick } from "../../../../src/core/monitor/on-report.ts";
import { onShardMessage } from "../../../../src/core/monitor/on-shard.ts";
import { exchangeDueMs, mustAskFirst, startSending } from "../../../../src/core/monitor/root-link.ts";
import { answer } from "../../../../src/core/monitor/snapshot.ts";
import type { ProbeLease, Report } from "../../../../src/core/protocol.ts";
import { meshOf } from "../../../fixtures/meshes.ts";
import { type Row, reportOf } from "../../../fixtures/report-deltas.ts";
import { checked, exchange, monitorOf, T0, tell, unchecked } from "./monitors.ts";
import { exchangeInVain, exchangeUp, shardAt } from "./shards.ts";

const refused = (id: string, n: number): Row => ({ id, connectFailures: n, trailingFailures: n, trailingLocal: n });
const ok = (id: string, n: number): Row => ({
  id,
  ok: n,
  latencySumMs: 20 * n,
  latencySquareSum: 400 * n,
  latencyMinMs: 20,
});

/** A regional object and a shard that has been answered once. */
function pair(service = unchecked): { region: Monitor; shard: Monitor } {
  const region = monitorOf("weur", service);
  const shard = shardAt(0, service);
  onReport(shard, reportOf([ok("a", 1)], { seq: 1 }), T0);
  exchangeUp(shard, region, T0);
  return { region, shard };
}

/** Everything that merging adds up, of a monitor that heard it all at one moment. */
function merged({ coordinator, good, failed, inFlight }: Monitor): unknown {
  const { outcomes, delivered, throttled, timedOut, demand, retries } = coordinator;
  // The rest of the latency model is what the control step made of it at its time.
  const { slowSamples, slowSumMs, fastSamples, fastSumMs, floorMs } = coordinator.latency;
  const latency = { slowSamples, slowSumMs, fastSamples, fastSumMs, floorMs };
  const state = { outcomes, latency, delivered, throttled, timedOut, demand, retries, good, failed };
  return { state: round(state), inFlight: Object.fromEntries([...inFlight.total].sort()) };
}

/** Sums of the same numbers in another order differ in their last bits. */
function round(value: unknown): unknown {
  const whole = (_: string, part: unknown) => {
    if (ArrayBuffer.isView(part)) return Array.from(part as Float64Array);
    return typeof part === "number" && Number.isFinite(part) ? Number(part.toPrecision(9)) : part;
  };
  return JSON.parse(JSON.stringify(value, whole));
}

const row = fc.record({
  id: fc.constantFrom("a", "b", "c", "d"),
  ok: fc.nat(20),
  latencyMinMs: fc.integer({ min: 1, max: 50 }),
  timeouts: fc.nat(3),
  throttled: fc.nat(2),
  responses5xx: fc.nat(3),
});
const isolateReports = fc.array(fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: 4 }), {
  minLength: 1,
  maxLength: 5,
});

/** The latencies of so many good answers; without any there is no smallest. */
function timesOf(n: number, latencyMinMs: number) {
  return {
    latencySumMs: 20 * n,
    latencySquareSum: 400 * n,
    latencyMinMs: n > 0 ? latencyMinMs : Number.POSITIVE_INFINITY,
  };
}

function reportsOf(isolates: readonly (readonly (readonly Row[])[])[]): Report[] {
  return isolates.flatMap((reports, isolate) =>
    reports.map((rows, at) =>
      reportOf(
        rows.map((one) => ({ ...one, ...timesOf(one.ok ?? 0, one.latencyMinMs ?? 0) })),
        { reporter: `isolate-${isolate}`, seq: at + 1, inFlight: rows.map((_, i) => isolate + at + i) },
      ),
    ),
  );
}

describe("reports through shards", () => {
  it("add up to what they do without, in any order and however often they and the messages arrive", () => {
    fc.assert(
      fc.property(
        fc.array(isolateReports, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 2, max: 5 }),
        fc.infiniteStream(fc.nat(999)),
        (isolates, shards, chance) => {
          const draw = (below: number) => chance.next().value! % below;
          const reports = reportsOf(isolates);
          const straight = monitorOf("weur", unchecked);
          for (const report of reports) onReport(straight, report, T0);

          const region = monitorOf("weur", unchecked);
          const all = Array.from({ length: shards }, (_, at) => shardAt(at));
          const deliveries = reports.flatMap((report) => new Array<Report>(1 + draw(3)).fill(report));
          while (deliveries.length > 0) {
            const [report] = deliveries.splice(draw(deliveries.length), 1);
            onReport(all[shardOf(report!.reporter, shards)!]!, report!, T0);
            const shard = all[draw(shards)]!;
            if (draw(4) === 0) exchangeUp(shard, region, T0, 1 + draw(3));
            if (draw(4) === 0) exchangeInVain(shard, region, T0, draw(3));
          }
          // The message that was not acknowledged, then what was merged since.
          for (const shard of [...all, ...all]) exchangeUp(shard, region, T0);

          expect(merged(region)).toEqual(merged(straight));
          const reporters = new Set(reports.map(({ reporter }) => reporter)).size;
          expect(answer(all[0]!, T0).reporters).toBe(reporters);
          expect(answer(all[0]!, T0).inFlight).toEqual(answer(straight, T0).inFlight);
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });

  it("open the region's breaker on evidence that no shard has enough of, and every shard says so", () => {
    const region = monitorOf("weur", unchecked);
    const shards = [0, 1, 2].map((at) => shardAt(at));
    const everywhere = (rows: readonly Row[], seq: number, nowMs: number) => {
      for (const [at, shard] of shards.entries()) {
        onReport(shard, reportOf(rows, { reporter: `isolate-${at}`, seq }), nowMs);
      }
    };
    const exchangeAll = (nowMs: number) => {
      for (const shard of shards) exchangeUp(shard, region, nowMs);
    };
    everywhere([ok("a", 5), ok("b", 5), ok("c", 5), ok("d", 5)], 1, T0);
    exchangeAll(T0);
    everywhere([refused("a", 3), ok("b", 5), ok("c", 5), ok("d", 5)], 2, T0 + 100);
    for (const shard of shards) expect(shard.coordinator.breakers[0]!.state).toBe("closed");
    exchangeAll(T0 + 100);
    everywhere([], 3, T0 + 350);
    exchangeAll(T0 + 350);
    for (const shard of shards) expect(answer(shard, T0 + 350).breaker).toEqual([1, 0, 0, 0]);
    expect(region.coordinator.breakers[0]!.state).toBe("open");
  });
});

describe("a shard's answer", () => {
  it("is the region's view, with the root's over it", () => {
    const { region, shard } = pair();
    const root = monitorOf("root", unchecked);
    const other = monitorOf("enam", unchecked);
    for (const [at, one] of [region, other, region].entries()) {
      onReport(one, reportOf([ok("a", 5)], { seq: 10 + at, region: one === other ? "enam" : "weur" }), T0);
      exchange(one, root, T0);
    }
    tell(root, { endpoint: "b", action: "drain" }, T0);
    exchange(region, root, T0 + 10);
    exchangeUp(shard, region, T0 + 20);
    const { probability, health, breaker, latencyMs } = answer(region, T0 + 20);
    expect(answer(shard, T0 + 20)).toMatchObject({ probability, health, breaker, latencyMs });
    expect(health[1]).toBe(4);
  });

  it("hands each of the region's leases to one reporter, and its own breakers lend none", () => {
    const { region, shard } = pair();
    ejectOutlier(region.coordinator, 0, "a test", T0);
    const second = shardAt(1);
    const given: ProbeLease[] = [];
    for (let atMs = T0 + 2_001; atMs < T0 + 3_000; atMs += 50) {
      for (const one of [shard, second]) {
        onReport(one, reportOf([], { seq: atMs, reporter: `at-${one.shard}` }), atMs);
        exchangeUp(one, region, atMs);
        given.push(...answer(one, atMs).leases, ...answer(one, atMs).leases);
      }
    }
    // One per 250 ms and three unanswered at most, however many shards ask.
    expect(given).toHaveLength(3);
    const probes = given.map(({ id, generation, scope }) => ({ id, generation, scope, ok: true }));
    onReport(shard, reportOf([ok("a", 3)], { seq: T0 + 9_000, probes }), T0 + 3_000);
    expect(exchangeDueMs(shard.link!, 0.1, T0 + 3_000) - shard.link!.lastSentMs).toBe(100);
    exchangeUp(shard, region, T0 + 3_100);
    expect(region.coordinator.breakers[0]!.state).toBe("closed");
    exchangeUp(second, region, T0 + 3_110);
    expect(answer(second, T0 + 3_110).breaker[0]).toBe(0);
  });

  it("matches endpoints by id while the region runs another mesh", () => {
    const { region, shard } = pair();
    const turned = { ...unchecked, endpoints: [...unchecked.endpoints].reverse() };
    const next = adoptMesh(shard, meshOf([turned], { version: "2222222222222222" }), turned, T0);
    ejectOutlier(region.coordinator, 0, "a test", T0);
    exchangeUp(next, region, T0 + 250);
    expect(answer(next, T0 + 250)).toMatchObject({ ids: ["d", "c", "b", "a"], breaker: [0, 0, 0, 1] });
  });
});

describe("a shard without its regional object", () => {
  it("follows the last view for 5 s, then goes by its own, in which open breakers stay open for their time", () => {
    const { region, shard } = pair();
    ejectOutlier(region.coordinator, 0, "a test", T0);
    exchangeUp(shard, region, T0 + 250);
    exchangeInVain(shard, region, T0 + 500);
    expect(answer(shard, T0 + 1_500)).toMatchObject({ breaker: [1, 0, 0, 0], leases: [] });
    onTick(shard, T0 + 1_900);
    expect(shard.coordinator.breakers[0]!.state).toBe("open");
    onTick(shard, T0 + 2_300);
    expect(answer(shard, T0 + 2_300).leases).toEqual([]);
    expect(answer(shard, T0 + 5_300)).toMatchObject({ breaker: [2, 0, 0, 0] });
  });

  it("lends probes of its own, closes its own breaker on them, and follows the region again when that one answers", () => {
    const { region, shard } = pair();
    ejectOutlier(region.coordinator, 0, "a test", T0);
    exchangeUp(shard, region, T0 + 250);
    exchangeInVain(shard, region, T0 + 500);
    let nowMs = T0 + 6_000;
    for (let round = 0; round < 3; round++) {
      const [lease] = answer(shard, nowMs).leases;
      expect(lease).toMatchObject({ id: "a" });
      const { id, generation, scope } = lease!;
      const probes = [{ id, generation, scope, ok: true }];
      onReport(shard, reportOf([ok("a", 1)], { seq: 100 + round, probes }), nowMs + 10);
      nowMs += 300;
    }
    expect(answer(shard, nowMs).breaker[0]).toBe(0);
    // The answers to its own probes are nothing to the region's breaker.
    exchangeUp(shard, region, nowMs);
    exchangeUp(shard, region, nowMs + 250);
    expect(region.coordinator.breakers[0]!.state).not.toBe("closed");
    expect(answer(shard, nowMs + 250).breaker[0]).not.toBe(0);
  });

  it("keeps an operator's word, and a check's until nobody could take it back", () => {
    const { region, shard } = pair(checked);
    tell(region, { endpoint: "b", action: "disable" }, T0);
    region.coordinator.health[2] = 2;
    exchangeUp(shard, region, T0 + 250);
    exchangeInVain(shard, region, T0 + 500);
    onTick(shard, T0 + 14_000);
    expect(answer(shard, T0 + 14_000).health).toEqual([0, 5, 2, 0]);
    onTick(shard, T0 + 16_000);
    expect(answer(shard, T0 + 16_000).health).toEqual([0, 5, 0, 0]);
  });

  it("asks first when it has just started or was idle, and not while the region does not answer", () => {
    const { region, shard } = pair();
    expect(mustAskFirst(shardAt(1).link!, T0)).toBe(true);
    expect(mustAskFirst(shard.link!, T0 + 4_999)).toBe(false);
    expect(mustAskFirst(shard.link!, T0 + 5_000)).toBe(true);
    onReport(shard, reportOf([], { seq: 9 }), T0 + 5_000);
    exchangeInVain(shard, region, T0 + 5_000);
    expect(mustAskFirst(shard.link!, T0 + 5_100)).toBe(false);
    expect(mustAskFirst(monitorOf("weur", unchecked).link!, T0)).toBe(false);
  });
});

describe("a shard", () => {
  it("keeps nothing, checks nothing and never wakes up by itself", () => {
    const { shard } = pair(checked);
    expect([flushDueMs(shard), isProbing(shard, T0), nextAlarmMs(shard, () => false, T0)]).toEqual([
      Number.POSITIVE_INFINITY,
      false,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it("talks four times a second, and sooner after failures", () => {
    const { shard } = pair();
    onReport(shard, reportOf([ok("a", 1)], { seq: 2 }), T0 + 10);
    expect(exchangeDueMs(shard.link!, 0.1, T0 + 10)).toBe(T0 + 250);
    onReport(shard, reportOf([refused("a", 1)], { seq: 3 }), T0 + 20);
    expect(exchangeDueMs(shard.link!, 0.1, T0 + 20)).toBe(T0 + 100);
  });

  it("shows in what both say of themselves", () => {
    const { region, shard } = pair();
    expect(describeMonitor(shard, [], T0)).toMatchObject({
      scope: "weur",
      shard: 0,
      shards: [],
      root: { failures: 0 },
    });
    expect(describeMonitor(region, [], T0 + 100)).toMatchObject({
      shard: null,
      reporters: 1,
      shards: [{ shard: 0, ageMs: 100, reporters: 1 }],
    });
  });

  it("counts its isolates' requests in flight once after it has lost its memory", () => {
    const { region, shard } = pair();
    onReport(shard, reportOf([ok("a", 1)], { seq: 2, inFlight: [7] }), T0 + 100);
    exchangeUp(shard, region, T0 + 100);
    expect(answer(region, T0 + 100).inFlight[0]).toBe(7);
    const reborn = shardAt(0, unchecked, "another life");
    onReport(reborn, reportOf([ok("a", 1)], { seq: 3, inFlight: [5] }), T0 + 400);
    exchangeUp(reborn, region, T0 + 400);
    expect(answer(region, T0 + 400).inFlight[0]).toBe(5);
  });

  it("and its regional object understand each other's words, and refuse others", () => {
    const { region, shard } = pair();
    const message = messageOf(shard, shard.link!, startSending(shard.link!, T0 + 300), T0 + 300);
    expect(checkMessage(message)).toEqual({ ok: true, message });
    const answered = onShardMessage(region, message, T0 + 300);
    expect(checkRow(answered)).toEqual(answered);
    for (const word of [
      { index: -1 },
      { index: 128 },
      { index: 0.5 },
      { reporters: -1 },
      { inFlight: [1] },
      { inFlight: null },
    ]) {
      expect(checkMessage({ ...message, shard: { ...message.shard, ...word } }).ok).toBe(false);
    }
    expect(checkRow({ ...answered, region: { reporters: 1, inFlight: [] } })).toBeNull();
    expect(() => onShardMessage(region, { ...message, shard: null }, T0)).toThrow("not from a shard");
  });
});
