import { describe, expect, it } from "vitest";
import {
  beginCall,
  createSyncSlot,
  endCall,
  isFree,
  onCallDone,
  onCallFailed,
  onDelivered,
  onFlush,
  planSync,
  reportToSend,
} from "../../../../src/core/service-state/sync-slot.ts";
import { attempt, informed, stateOf } from "./fixture.ts";

const SENDER = { meshVersion: "m", region: "weur", reporter: "isolate-1" } as const;

describe("planning an exchange", () => {
  it("calls at once after a failure, but not twice at a time", () => {
    const state = informed();
    const slot = createSyncSlot();
    expect(planSync(slot, state, 1_500, "failure")).toBe(0);
    beginCall(slot, 1_500);
    expect(planSync(slot, state, 1_700, "failure")).toBe(-1);
    endCall(slot, 1_500);
    expect(planSync(slot, state, 1_700, "failure")).toBe(0);
  });

  it("waits with one flush for all results until then", () => {
    const state = informed();
    const slot = createSyncSlot();
    const waitMs = planSync(slot, state, 1_100, "result");
    expect(waitMs).toBeGreaterThan(0);
    expect(planSync(slot, state, 1_200, "result")).toBe(-1);
    expect(onFlush(slot, 1_100 + waitMs)).toBe(true);
    expect(planSync(slot, state, 1_100 + waitMs, "result")).toBeGreaterThan(0);
  });

  it("does not call for a request that finds its snapshot old when a flush is due within a quarter of a second", () => {
    const state = informed();
    const slot = createSyncSlot();
    // An overloaded object is left alone for longer than the snapshot stays fresh.
    slot.slowdown = 4;
    const flushMs = 1_500 + planSync(slot, state, 1_500, "result");
    slot.slowdown = 1;
    expect(planSync(slot, state, flushMs - 251, "request")).toBe(0);
    expect(planSync(slot, state, flushMs - 249, "request")).toBe(-1);
    // A failure does not wait for it.
    expect(planSync(slot, state, flushMs - 249, "failure")).toBe(0);
    // A flush that did not come is not waited for.
    expect(planSync(slot, state, flushMs + 501, "request")).toBe(0);
  });

  it("calls for the first request of all whatever waits", () => {
    const state = stateOf();
    const slot = createSyncSlot();
    planSync(slot, state, 1_500, "result");
    expect(planSync(slot, state, 2_400, "request")).toBe(0);
  });

  it("takes a call without an answer for lost after eight seconds", () => {
    const slot = createSyncSlot();
    beginCall(slot, 1_000);
    expect(isFree(slot, 9_000)).toBe(false);
    expect(isFree(slot, 9_001)).toBe(true);
  });

  it("leaves a later call alone when an earlier one ends late", () => {
    const slot = createSyncSlot();
    beginCall(slot, 1_000);
    beginCall(slot, 9_500);
    endCall(slot, 1_000);
    expect(isFree(slot, 9_600)).toBe(false);
  });

  it("slows down while the object is overloaded, sixteenfold at most, until a call goes through", () => {
    const state = informed();
    const slot = createSyncSlot();
    for (let i = 0; i < 10; i++) onCallFailed(slot, "overloaded", true);
    expect(planSync(slot, state, 1_500, "failure")).toBe(16_000);
    onCallDone(slot);
    expect(planSync(createSyncSlot(), state, 1_500, "failure")).toBe(0);
    expect(slot.slowdown).toBe(1);
  });
});

describe("the report to send", () => {
  it("is the undelivered one under its own number while it is young, then a new one", () => {
    const state = informed();
    const slot = createSyncSlot();
    attempt(state, 0, "ok", 1_100);
    const first = reportToSend(slot, state, SENDER, 1_200);
    expect(first).toMatchObject({ seq: 1, reporter: "isolate-1", ok: [1] });
    attempt(state, 0, "ok", 1_300);
    expect(reportToSend(slot, state, SENDER, 11_200)).toBe(first);
    expect(reportToSend(slot, state, SENDER, 11_201)).toMatchObject({ seq: 2, ok: [1] });
  });

  it("is a new one once the last was delivered", () => {
    const state = informed();
    const slot = createSyncSlot();
    reportToSend(slot, state, SENDER, 1_200);
    onDelivered(slot);
    expect(reportToSend(slot, state, SENDER, 1_300).seq).toBe(2);
  });
});

describe("a new mesh's state", () => {
  it("says which endpoints it runs and which mesh it could not take, when there is something to say", () => {
    const report = (given: object) => reportToSend(createSyncSlot(), stateOf(), { ...SENDER, ...given }, 1_000);
    expect(report({ endpointsRevision: 0, refusedMesh: null })).toEqual(report({}));
    expect("endpointsRevision" in report({})).toBe(false);
    const refusedMesh = { version: "fedcba9876543210", reason: "no key" };
    expect(report({ endpointsRevision: 7, refusedMesh })).toMatchObject({ endpointsRevision: 7, refusedMesh });
  });
});
