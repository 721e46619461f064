import { describe, expect, it } from "vitest";
import { type DemoFrame, frameLine, frameTable } from "../../../../src/cli/demo/frame.ts";
import { visibleLength } from "../../../../src/cli/table.ts";
import { createPaint } from "../../../../src/cli/terminal.ts";

const frame: DemoFrame = {
  elapsedSeconds: 12,
  edge: "http://127.0.0.1:8787",
  requestsPerSecond: 99.6,
  failedNow: 0,
  failedTotal: 1,
  sentTotal: 1_200,
  p50Ms: 21.4,
  p99Ms: 44,
  origins: [
    {
      name: "aws",
      share: 0.75,
      requestsPerSecond: 75,
      p50Ms: 20.6,
      breaker: "closed",
      failedAttempts: 0,
      fault: "well",
      isFaulty: false,
    },
    {
      name: "gcp",
      share: 0.25,
      requestsPerSecond: 25,
      p50Ms: Number.NaN,
      breaker: "open",
      failedAttempts: 3,
      fault: "flap=3000ms",
      isFaulty: false,
    },
  ],
  events: ["1", "2", "3", "4", "5", "6", "7"],
};

describe("frameTable", () => {
  it("shows rates, shares, breakers, faults and the latest events", () => {
    expect(frameTable(frame, createPaint(false), 200)).toEqual([
      "100 requests/s   0 failed   p50 21 ms   p99 44 ms   1 of 1200 failed in 12 s",
      "",
      "origin  share                           req/s    p50  breaker  failed tries  fault",
      "aws     ██████████████████░░░░░░  75 %     75  21 ms  closed              0  well",
      "gcp     ██████░░░░░░░░░░░░░░░░░░  25 %     25      -  open                3  flap=3000ms (off)",
      "",
      ...["2", "3", "4", "5", "6", "7"],
    ]);
  });

  it("never draws a line longer than the terminal", () => {
    const lines = frameTable(frame, createPaint(true), 40);
    expect(Math.max(...lines.map(visibleLength))).toBe(40);
  });
});

describe("frameLine", () => {
  it("says the same in one line", () => {
    expect(frameLine(frame)).toBe(
      "12 s  100 req/s  0 failed  p50 21 ms  p99 44 ms | aws 75 % closed | gcp 25 % open (flap=3000ms)",
    );
  });
});
