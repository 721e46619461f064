import { describe, expect, it } from "vitest";
import type { CheckState } from "../../../../src/core/health/active-check.ts";
import { dueProbes, nextProbeMs } from "../../../../src/core/health/active-schedule.ts";

const due = (dueMs: number): CheckState => ({ verdict: "unknown", against: 0, dueMs, last: null });
const states = [[due(300), due(100)], [due(200)], [due(900)]];
const none = () => false;

describe("the schedule of probes", () => {
  it("gives what is due, longest overdue first", () => {
    expect(dueProbes(states, none, 300, 6)).toEqual([
      { endpoint: 0, check: 1 },
      { endpoint: 1, check: 0 },
      { endpoint: 0, check: 0 },
    ]);
  });

  it("gives no more than the limit, and nothing for a limit of none", () => {
    expect(dueProbes(states, none, 1_000, 2)).toHaveLength(2);
    expect(dueProbes(states, none, 1_000, -1)).toEqual([]);
  });

  it("leaves out what is in flight, also when asked for the next time", () => {
    const first = (task: { endpoint: number; check: number }) => task.endpoint === 0 && task.check === 1;
    expect(dueProbes(states, first, 250, 6)).toEqual([{ endpoint: 1, check: 0 }]);
    expect([nextProbeMs(states, none), nextProbeMs(states, first), nextProbeMs([], none)]).toEqual([
      100,
      200,
      Infinity,
    ]);
  });
});
