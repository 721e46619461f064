import { describe, expect, it } from "vitest";
import {
  createOutlierState,
  type OutlierFinding,
  onOutlierDelta,
  onOutlierInterval,
} from "../../../../src/core/health/outlier.ts";
import type { OutlierDetection } from "../../../../src/core/mesh.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { deltaOf, type Row } from "../../../fixtures/report-deltas.ts";

/** Envoy's defaults. */
const envoy: OutlierDetection = {
  enabled: true,
  consecutive5xx: 5,
  consecutiveGatewayFailure: 5,
  consecutiveLocalOriginFailure: 5,
  splitExternalLocalOriginErrors: false,
  enforcingConsecutive5xx: 100,
  enforcingConsecutiveGatewayFailure: 0,
  enforcingConsecutiveLocalOriginFailure: 100,
  intervalMs: 10_000,
  baseEjectionTimeMs: 30_000,
  maxEjectionTimeMs: 300_000,
  maxEjectionTimeJitterMs: 0,
  maxEjectionPercent: 10,
  minEjectionHosts: 1,
  successRateMinimumHosts: 5,
  successRateRequestVolume: 100,
  successRateStdevFactor: 1_900,
  enforcingSuccessRate: 100,
  failurePercentageThreshold: 85,
  failurePercentageMinimumHosts: 5,
  failurePercentageRequestVolume: 50,
  enforcingFailurePercentage: 0,
  successfulActiveHealthCheckUneject: true,
};
const split = { ...envoy, splitExternalLocalOriginErrors: true };
const rng = () => 0.5;

/** One delta of the given kind, as one isolate would report it. */
const rows = {
  ok: { ok: 1 },
  throttled: { throttled: 1 },
  "500": { responses5xx: 1, trailingFailures: 1 },
  "503": { responses5xx: 1, gateway5xx: 1, trailingFailures: 1, trailingGateway: 1 },
  refused: { connectFailures: 1, trailingFailures: 1, trailingGateway: 1, trailingLocal: 1 },
  timeout: { timeouts: 1, trailingFailures: 1, trailingGateway: 1, trailingLocal: 1 },
  reset: { resets: 1, trailingFailures: 1, trailingGateway: 1, trailingLocal: 1 },
} satisfies Record<string, Omit<Row, "id">>;
type Kind = keyof typeof rows;

const times = (n: number, kind: Kind): Kind[] => Array.from({ length: n }, () => kind);

/** What the detectors said to each report in turn, as "detector" or "(detector)" when not enforced. */
function run(params: OutlierDetection, kinds: readonly Kind[], chance = rng): string[] {
  const state = createOutlierState(params, 1, 0);
  const said = (finding: OutlierFinding | null) =>
    finding === null ? [] : finding.enforced ? [finding.detector] : [`(${finding.detector})`];
  return kinds.flatMap((kind) =>
    said(onOutlierDelta(state, 0, deltaOf([{ id: "a", ...rows[kind] }]), 0, false, chance)),
  );
}

describe("the consecutive detectors", () => {
  it.each([
    ["the threshold fires", envoy, times(5, "500"), ["consecutive_5xx"]],
    ["one less does not", envoy, times(4, "500"), []],
    ["a success between starts anew", envoy, [...times(4, "500"), "ok", ...times(4, "500")], []],
    ["a throttled answer is one", envoy, [...times(4, "500"), "throttled", "500"], []],
    ["fires again without a success between", envoy, times(10, "500"), ["consecutive_5xx", "consecutive_5xx"]],
    ["a missing answer counts as 5xx", envoy, ["refused", "timeout", "reset", "500", "503"], ["consecutive_5xx"]],
    ["threshold 0 is off", { ...envoy, consecutive5xx: 0 }, times(9, "500"), []],
    ["disabled finds nothing", { ...envoy, enabled: false }, times(9, "500"), []],
    [
      "gateway failures have their own run",
      { ...envoy, consecutive5xx: 0 },
      times(5, "503"),
      ["(consecutive_gateway_failure)"],
    ],
    [
      "another 5xx ends the run of gateway failures",
      { ...envoy, consecutive5xx: 0 },
      [...times(4, "503"), "500", ...times(4, "503")],
      [],
    ],
    [
      "refused and timed out are gateway failures",
      { ...envoy, consecutive5xx: 0, enforcingConsecutiveGatewayFailure: 100 },
      ["refused", "timeout", "reset", "503", "503"],
      ["consecutive_gateway_failure"],
    ],
    ["split: missing answers are local origin only", split, times(5, "refused"), ["consecutive_local_origin_failure"]],
    ["split: they do not break a run of 5xx", split, [...times(4, "500"), "refused", "500"], ["consecutive_5xx"]],
    ["split: any answer ends the local run", split, [...times(4, "timeout"), "500", "timeout"], []],
    [
      "not split: there is no local detector",
      { ...envoy, consecutive5xx: 9 },
      times(8, "refused"),
      ["(consecutive_gateway_failure)"],
    ],
  ] as const)("%s", (_, params, kinds, expected) => {
    expect(run(params, kinds)).toEqual(expected);
  });

  it("go on through a delta of nothing but failures, and take the trailing run of a mixed one", () => {
    const state = createOutlierState(envoy, 1, 0);
    const step = (row: Omit<Row, "id">) => onOutlierDelta(state, 0, deltaOf([{ id: "a", ...row }]), 0, false, rng);
    expect(step({ responses5xx: 3, trailingFailures: 3 })).toBeNull();
    expect(step({ ok: 90, responses5xx: 9, trailingFailures: 2 })).toBeNull();
    expect(step({ responses5xx: 3, trailingFailures: 3 })).toMatchObject({
      detector: "consecutive_5xx",
      cause: "consecutive_5xx: 5 in a row, at most 4 allowed",
    });
  });

  it("eject with the enforcing percentage's chance and say so otherwise", () => {
    const params = { ...envoy, enforcingConsecutive5xx: 30 };
    const said = run(params, times(5_000, "500"), seededRng(7));
    // 1,000 draws with p = 0.3: σ = √(1000·0.3·0.7) = 14.5; 4 σ = 58.
    expect(said.length).toBe(1_000);
    expect(Math.abs(said.filter((s) => s === "consecutive_5xx").length - 300)).toBeLessThan(58);
  });

  it("leave an endpoint alone that is out, and count from zero when it is back", () => {
    const state = createOutlierState(envoy, 1, 0);
    const step = (ejected: boolean) =>
      onOutlierDelta(state, 0, deltaOf([{ id: "a", responses5xx: 4, trailingFailures: 4 }]), 0, ejected, rng);
    expect([step(false), step(true), step(false)]).toEqual([null, null, null]);
    expect(step(false)).not.toBeNull();
  });
});

describe("the rate detectors", () => {
  /** Endpoints with so many good and bad answers in the interval that ends now. */
  function interval(
    params: OutlierDetection,
    answers: readonly (readonly [number, number])[],
    out: readonly number[] = [],
  ) {
    const quiet = { ...params, consecutive5xx: 0, consecutiveGatewayFailure: 0, consecutiveLocalOriginFailure: 0 };
    const state = createOutlierState(quiet, answers.length, 0);
    const delta = deltaOf(answers.map(([ok, responses5xx], i) => ({ id: `e${i}`, ok, responses5xx })));
    for (const i of answers.keys()) onOutlierDelta(state, i, delta, i, false, rng);
    expect(onOutlierInterval(state, () => false, 9_999, rng)).toEqual([]);
    const found = onOutlierInterval(state, (endpoint) => out.includes(endpoint), 10_000, rng);
    expect(onOutlierInterval(state, () => false, 20_000, rng)).toEqual([]);
    return found.map(({ endpoint, detector, enforced }) => [endpoint, enforced ? detector : `(${detector})`]);
  }
  const good = [100, 0] as const;

  it.each([
    ["one far below its peers is found", [[49, 51], good, good, good, good], [[0, "success_rate"]]],
    ["on the boundary of Envoy's example, 52 %, nothing is", [[100, 0], good, good, good, good], []],
    ["fewer hosts than the minimum are not compared", [[0, 100], good, good, good], []],
    ["hosts with too little volume do not count", [[0, 49], good, good, good, good], []],
    ["two bad of eight hide each other, as in Envoy", [[80, 20], [80, 20], good, good, good, good, good, good], []],
    [
      "all equally bad: none",
      Array.from({ length: 5 }, () => [10, 90] as const),
      [0, 1, 2, 3, 4].map((e) => [e, "(failure_percentage)"]),
    ],
  ] as const)("success rate: %s", (_, answers, expected) => {
    expect(interval(envoy, answers)).toEqual(expected);
  });

  it("failure percentage ejects at its threshold when enforced", () => {
    const params = { ...envoy, enforcingFailurePercentage: 100, enforcingSuccessRate: 0 };
    const answers = [[15, 85], [16, 84], good, good, good] as const;
    expect(interval(params, answers).filter(([, detector]) => detector === "failure_percentage")).toEqual([
      [0, "failure_percentage"],
    ]);
  });

  it("failure percentage threshold 0 is off", () => {
    const params = { ...envoy, failurePercentageThreshold: 0, successRateMinimumHosts: 99 };
    expect(
      interval(
        params,
        Array.from({ length: 5 }, () => [0, 100] as const),
      ),
    ).toEqual([]);
  });

  it("leave out endpoints that are ejected already", () => {
    expect(interval(envoy, [[0, 100], good, good, good, good], [0])).toEqual([]);
  });

  it("split mode judges missing answers apart from bad ones", () => {
    const state = createOutlierState({ ...split, consecutiveLocalOriginFailure: 0 }, 5, 0);
    const delta = deltaOf([0, 1, 2, 3, 4].map((i) => ({ id: `e${i}`, ok: 100, timeouts: i === 3 ? 100 : 0 })));
    for (const i of [0, 1, 2, 3, 4]) onOutlierDelta(state, i, delta, i, false, rng);
    expect(onOutlierInterval(state, () => false, 10_000, rng)).toMatchObject([
      { endpoint: 3, detector: "success_rate" },
    ]);
  });
});
