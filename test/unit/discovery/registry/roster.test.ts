import { describe, expect, it } from "vitest";
import type { Instance } from "../../../../src/discovery/registry/instance.ts";
import { challengesDue, expiryOf } from "../../../../src/discovery/registry/roster.ts";
import { endpointOf } from "../../../fixtures/meshes.ts";

const TTL_MS = 15_000;

function instanceOf(id: string, heartbeatAtMs: number, rest: Partial<Instance> = {}): Instance {
  return {
    endpoint: endpointOf(id, `https://${id}.example`),
    lease: id,
    ttlMs: TTL_MS,
    ready: true,
    registeredAtMs: 0,
    heartbeatAtMs,
    load: -1,
    loadAtMs: 0,
    proof: { state: "not_needed" },
    ...rest,
  };
}

const rosterOf = (...beats: readonly number[]) =>
  new Map(beats.map((atMs, i) => [String.fromCharCode(97 + i), instanceOf(String.fromCharCode(97 + i), atMs)]));

describe("expiryOf", () => {
  it.each([
    ["nobody is late", rosterOf(0, 5_000), 0, 14_999, [], null, 15_000],
    ["one is late while others are heard", rosterOf(0, 12_000, 12_000), 0, 15_000, ["a"], null, 27_000],
    ["two that end together are believed", rosterOf(0, 0), 0, 15_000, ["a", "b"], null, Number.POSITIVE_INFINITY],
    [
      "of three, none was heard for most of the time",
      rosterOf(0, 2_000, 5_000),
      0,
      15_000,
      [],
      "none of 3 instances was heard for 10 s",
      17_000,
    ],
    ["of three, one was heard a while ago", rosterOf(0, 0, 8_000), 0, 15_000, ["a", "b"], null, 23_000],
    ["everybody has a time to live after a restart", rosterOf(0, 0, 0), 600_000, 614_999, [], null, 615_000],
  ] as const)("%s", (_, roster, sinceMs, nowMs, expired, doubt, nextMs) => {
    expect(expiryOf(roster, sinceMs, nowMs)).toEqual({ expired, doubt, nextMs });
  });

  it("expires those who are silent still, once others were heard again for a time to live", () => {
    const roster = rosterOf(0, 100_000, 100_000);
    expect(expiryOf(roster, 90_000, 104_999).expired).toEqual([]);
    expect(expiryOf(roster, 90_000, 105_000).expired).toEqual(["a"]);
  });
});

describe("challengesDue", () => {
  it("names those who are due, and when the next one is", () => {
    const pending = (dueMs: number): Partial<Instance> => ({
      proof: { state: "pending", attempts: 1, dueMs, error: "" },
    });
    const roster = new Map([
      ["a", instanceOf("a", 0, pending(1_000))],
      ["b", instanceOf("b", 0, pending(2_000))],
      ["c", instanceOf("c", 0)],
    ]);
    expect(challengesDue(roster, 1_000)).toEqual({ due: ["a"], nextMs: 2_000 });
    expect(challengesDue(roster, 2_000)).toEqual({ due: ["a", "b"], nextMs: Number.POSITIVE_INFINITY });
  });
});
