import { describe, expect, it } from "vitest";
import type { LoadResult } from "../../../src/cli/load/summary.ts";
import { attemptedBy, judge } from "../../soak/lost.ts";
import type { SoakEvent } from "../../soak/schedule.ts";

const NAMES = ["aws", "gcp"];
const GET = { name: "GET", repeatable: true };
const POST = { name: "POST", repeatable: false };

const during = (fault: Extract<SoakEvent, { kind: "fault" }>["fault"]): readonly SoakEvent[] => [
  { atMs: 1_000, kind: "fault", origin: 0, fault },
  { atMs: 9_000, kind: "heal", origin: 0 },
];

function failed(rest: Partial<LoadResult>): LoadResult {
  const common = { index: 0, dueAtMs: 5_000, doneAtMs: 5_100, latencyMs: 100, ok: false };
  return { ...common, status: 0, endpoint: "", attempts: "", error: "", ...rest };
}

describe("a failed request", () => {
  it.each([
    ["a GET that an endpoint failed", GET, failed({ status: 502, attempts: "gcp:5xx" }), "lost"],
    [
      "a GET that three attempts did not save",
      GET,
      failed({ status: 500, attempts: "aws:5xx,aws:5xx,aws:5xx" }),
      "lost",
    ],
    ["a GET whose only attempt met the fault", GET, failed({ status: 500, attempts: "aws:5xx" }), "budget"],
    ["a GET that was never attempted", GET, failed({ status: 503 }), "lost"],
    ["a GET whose connection broke", GET, failed({ error: "socket hang up" }), "lost"],
    ["a GET that waited for too long", GET, failed({ status: 504 }), "lost"],
    ["a POST that met the fault", POST, failed({ status: 502, attempts: "aws:reset" }), "unrepeatable"],
    ["a POST at an endpoint that is well", POST, failed({ status: 500, attempts: "gcp:5xx" }), "lost"],
    [
      "a POST without a fault anywhere near",
      POST,
      failed({ dueAtMs: 20_000, doneAtMs: 20_100, status: 500, attempts: "aws:5xx" }),
      "lost",
    ],
  ] as const)("is judged: %s", (_, kind, result, verdict) => {
    expect(judge(result, kind, during({ status: 500 }), NAMES, false)).toBe(verdict);
  });

  it("may break in mid-body where an origin resets, and nowhere else", () => {
    const cut = failed({ status: 200, error: "answer cut short" });
    expect(judge(cut, GET, during({ reset: true }), NAMES, false)).toBe("mid-body");
    expect(judge(cut, GET, during({ slowFactor: 3 }), NAMES, false)).toBe("lost");
  });

  it("may be shed on a machine that stalled, and on no other", () => {
    const shed = failed({ status: 503 });
    expect(judge(shed, GET, [], NAMES, true)).toBe("starved");
    expect(judge(shed, GET, [], NAMES, false)).toBe("lost");
    expect(judge(failed({ status: 504, attempts: "aws:timeout,gcp:timeout" }), GET, [], NAMES, true)).toBe("starved");
    expect(judge(failed({ status: 502, attempts: "gcp:reset" }), GET, [], NAMES, true)).toBe("lost");
  });
});

describe("the endpoints of a request", () => {
  it.each([
    ["aws:timeout,gcp:ok", "gcp", ["aws", "gcp"]],
    ["", "gcp", ["gcp"]],
    ["", "", []],
  ])("of %j at %j are %j", (attempts, endpoint, expected) => {
    expect(attemptedBy({ attempts, endpoint })).toEqual(expected);
  });
});
