import { describe, expect, it } from "vitest";
import { backoffMs, describeFault, type Fault } from "../../../../src/discovery/kubernetes/fault.ts";
import {
  NEW_STREAM,
  nextStep,
  onFault,
  onHeard,
  onListed,
  onOpened,
} from "../../../../src/discovery/kubernetes/stream.ts";

const NOW_MS = 1_000_000;
const one = () => 1;
const broken: Fault = { reason: "unreachable", detail: "" };
const gone: Fault = { reason: "gone" };
const listed = onListed(NEW_STREAM, "100", NOW_MS);

describe("a stream", () => {
  it("is listed, watched from there, and watched on from what was heard last", () => {
    expect(nextStep(NEW_STREAM, NOW_MS)).toEqual({ do: "list" });
    expect(nextStep(listed, NOW_MS)).toEqual({ do: "watch", resourceVersion: "100" });
    expect(nextStep(onHeard(listed, "105", NOW_MS), NOW_MS)).toEqual({ do: "watch", resourceVersion: "105" });
  });

  it("waits after a failure, keeps its version, and forgets the failure when something is heard", () => {
    const failed = onFault(listed, broken, NOW_MS, one);
    expect(nextStep(failed, NOW_MS)).toEqual({ do: "wait", ms: 800 });
    expect(nextStep(failed, NOW_MS + 800)).toEqual({ do: "watch", resourceVersion: "100" });
    expect(onHeard(failed, "101", NOW_MS)).toMatchObject({ failures: 0, fault: null, dueMs: 0 });
  });

  it.each<Fault>([gone, { reason: "unintelligible", detail: "" }, { reason: "too_large", objects: 1, pods: 1 }])(
    "is listed anew after $reason, and stays synced meanwhile",
    (fault) => {
      const failed = onFault(listed, fault, NOW_MS, one);
      expect(nextStep(failed, NOW_MS + 60_000)).toEqual({ do: "list" });
      expect(failed.isSynced).toBe(true);
    },
  );

  it("is listed at once after the first 410, and ever later when 410s and lists take turns", () => {
    let stream = listed;
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      stream = onFault(onOpened(stream, NOW_MS), gone, NOW_MS, one);
      waits.push(stream.dueMs - NOW_MS);
      stream = onListed(stream, "200", NOW_MS);
    }
    expect(waits).toEqual([0, 1_600, 3_200, 6_400]);
  });
});

describe("the wait after a failure", () => {
  it("doubles up to a bound, half of it by chance", () => {
    expect([1, 2, 3, 6, 7, 99].map((failures) => backoffMs(broken, failures, one))).toEqual([
      800, 1_600, 3_200, 25_600, 30_000, 30_000,
    ]);
    expect(backoffMs(broken, 3, () => 0)).toBe(1_600);
  });

  it("is never shorter than the server asks, and never longer than five minutes and a bit for it", () => {
    const throttled = (retryAfterMs: number): Fault => ({ reason: "throttled", status: 429, retryAfterMs });
    expect(backoffMs(throttled(7_000), 1, () => 0)).toBe(7_000);
    expect(backoffMs(throttled(0), 1, one)).toBe(800);
    expect(backoffMs(throttled(86_400_000), 1, () => 0)).toBe(300_000);
  });

  it("is long for what only a person can mend", () => {
    expect(backoffMs({ reason: "unauthorized", secret: "S" }, 1, one)).toBe(15_000);
    expect(backoffMs({ reason: "forbidden", detail: "" }, 9, one)).toBe(30_000);
  });
});

describe("a fault, for people", () => {
  const services = { resource: "services", namespace: "" } as const;

  it.each<[Fault, string]>([
    [{ reason: "no_token", secret: "CLUSTER_TOKEN_EU" }, "wrangler secret put CLUSTER_TOKEN_EU"],
    [{ reason: "forbidden", detail: "no" }, "403: the token may not list and watch services in shop (no)"],
    [{ reason: "throttled", status: 429, retryAfterMs: 0 }, "429: the API server asks for less"],
    [
      { reason: "too_large", objects: 5, pods: 9 },
      "more than 5 services in shop, or 9 pods in them: name the namespaces to watch",
    ],
  ])("says what it is and what to do", (fault, text) => {
    expect(describeFault(fault, { ...services, namespace: "shop" })).toContain(text);
  });
});
