import { describe, expect, it } from "vitest";
import {
  createInFlight,
  dropInFlight,
  expireInFlight,
  inFlightOf,
  setInFlight,
} from "../../../../src/core/load/in-flight.ts";

const EXPIRY_MS = 15_000;
const word = (reporter: string, seq: number, counts: Record<string, number>) => ({
  reporter,
  seq,
  ids: Object.keys(counts),
  counts: Object.values(counts),
});

describe("requests in flight", () => {
  it("are the sum of each reporter's newest word", () => {
    const state = createInFlight(EXPIRY_MS);
    setInFlight(state, word("x", 1, { a: 5, b: 1 }), 0);
    setInFlight(state, word("y", 1, { a: 2 }), 0);
    setInFlight(state, word("x", 2, { a: 3 }), 10);
    expect([inFlightOf(state, "a"), inFlightOf(state, "b"), inFlightOf(state, "never")]).toEqual([5, 0, 0]);
  });

  it("ignore a word that was overtaken", () => {
    const state = createInFlight(EXPIRY_MS);
    setInFlight(state, word("x", 2, { a: 3 }), 0);
    setInFlight(state, word("x", 1, { a: 9 }), 1);
    expect(inFlightOf(state, "a")).toBe(3);
  });

  it("end with a reporter that fell silent", () => {
    const state = createInFlight(EXPIRY_MS);
    setInFlight(state, word("x", 1, { a: 3 }), 0);
    setInFlight(state, word("y", 1, { a: 4 }), 10_000);
    expireInFlight(state, EXPIRY_MS);
    expect(inFlightOf(state, "a")).toBe(7);
    expireInFlight(state, EXPIRY_MS + 1);
    expect(inFlightOf(state, "a")).toBe(4);
  });

  it("end with a reporter that is known to be gone", () => {
    const state = createInFlight(EXPIRY_MS);
    setInFlight(state, word("x", 1, { a: 3 }), 0);
    setInFlight(state, word("y", 1, { a: 4 }), 0);
    dropInFlight(state, "x");
    dropInFlight(state, "never heard");
    expect([inFlightOf(state, "a"), state.byReporter.size]).toEqual([4, 1]);
  });
});
