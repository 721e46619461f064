import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRng } from "../../../../src/core/rng.ts";
import { contextOf, type TraceHeaders } from "../../../../src/telemetry/trace/context.ts";
import { createIds } from "../../../../src/telemetry/trace/ids.ts";
import { formatTraceparent, parseTraceparent } from "../../../../src/telemetry/trace/traceparent.ts";
import { TRACEPARENT_CASES, TRACESTATE_CASES } from "./harness-cases.ts";

const TRACE = "12345678901234567890123456789012";
const PARENT = "1234567890123456";
const PLAIN = { incoming: "continue", mint: true, share: 0 } as const;

function seededIds(seed = 1) {
  const rng = seededRng(seed);
  return createIds((bytes) => {
    for (let i = 0; i < bytes.length; i += 1) bytes[i] = Math.floor(rng() * 256);
  });
}

const context = (
  headers: Partial<TraceHeaders>,
  settings: Partial<Parameters<typeof contextOf>[1]> = {},
  rng = () => 0.5,
) => contextOf({ traceparent: null, tracestate: null, ...headers }, { ...PLAIN, ...settings }, seededIds(), rng);

describe("the cases of the W3C's validation service", () => {
  it.each(TRACEPARENT_CASES)("$name: $traceparent", ({ traceparent, goesOn }) => {
    const { traceId, spanId, parentId, state } = context({ traceparent, tracestate: "foo=1" })!;
    const out = formatTraceparent({ traceId, spanId, flags: 0 });
    expect(out).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/);
    expect(traceId === TRACE).toBe(goesOn);
    expect(spanId).not.toBe(PARENT);
    expect(parentId).toBe(goesOn ? PARENT : "");
    expect(state).toBe(goesOn ? "foo=1" : "");
  });

  it.each(TRACESTATE_CASES)("$name: $tracestate", ({ traceparent, tracestate, out }) => {
    expect(context({ traceparent, tracestate })!.state).toBe(out);
  });
});

describe("contextOf", () => {
  const came = (flags: string, version = "00") => ({ traceparent: `${version}-${TRACE}-${PARENT}-${flags}` });

  it("does not believe a stranger's sampled flag", () => {
    expect(context(came("01"))!.flags).toBe(0);
    expect(context(came("00"), { share: 1 })!.flags).toBe(1);
  });

  it("follows its caller's flag where it is told to", () => {
    expect(context(came("01"), { incoming: "follow" })!.flags).toBe(1);
    expect(context(came("00"), { incoming: "follow", share: 1 })!.flags).toBe(0);
    expect(context({}, { incoming: "follow", share: 1 })!.flags).toBe(3);
  });

  it("passes the random flag on, says it of its own ids, and drops bits it does not know", () => {
    expect(context(came("02"))!.flags).toBe(2);
    expect(context(came("fd"))!.flags).toBe(0);
    expect(context(came("ff", "cc"))!.flags).toBe(2);
    expect(context({})!.flags).toBe(2);
  });

  it("restarts with a link to the trace it left", () => {
    const { traceId, parentId, left, state } = context(
      { ...came("01"), tracestate: "foo=1" },
      { incoming: "restart" },
    )!;
    expect(traceId).not.toBe(TRACE);
    expect({ parentId, state, left }).toEqual({
      parentId: "",
      state: "",
      left: { traceId: TRACE, spanId: PARENT, flags: 1 },
    });
  });

  it("leaves a request without a trace alone where none is to be begun", () => {
    expect(context({}, { mint: false })).toBeNull();
    expect(context({ traceparent: "nonsense" }, { mint: false })).toBeNull();
    expect(context(came("00"), { mint: false })!.traceId).toBe(TRACE);
  });

  it("samples the share it is told", () => {
    const rng = seededRng(7);
    let sampled = 0;
    for (let i = 0; i < 20_000; i += 1) sampled += context({}, { share: 0.1 }, rng)!.flags & 1;
    // Binomial: sigma = sqrt(20,000 · 0.1 · 0.9) = 42.4; five of them.
    expect(Math.abs(sampled - 2_000)).toBeLessThan(212);
  });

  it("gives a context that may be sent on, whatever came", () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 80, unit: fc.constantFrom(..."0123456789abcdefABC-, \t.") }),
        fc.string({ maxLength: 200 }),
        (traceparent, tracestate) => {
          const { traceId, spanId, flags, state } = context({ traceparent, tracestate })!;
          expect(parseTraceparent(formatTraceparent({ traceId, spanId, flags }))).toEqual({ traceId, spanId, flags });
          expect(state.length).toBeLessThanOrEqual(tracestate.length);
        },
      ),
      { numRuns: 2_000, seed: 11 },
    );
  });
});
