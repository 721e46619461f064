import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkDelta, checkReport } from "../../../../src/core/health/report-check.ts";
import { MAX_REPORT_ENDPOINTS, PROTOCOL_VERSION, type Report } from "../../../../src/core/protocol.ts";
import { deltaOf } from "../../../fixtures/report-deltas.ts";

const report: Report = {
  ...deltaOf([
    { id: "a", ok: 3, latencySumMs: 90, latencySquareSum: 2_700, latencyMinMs: 29 },
    { id: "b", timeouts: 1 },
  ]),
  v: PROTOCOL_VERSION,
  service: "shop",
  meshVersion: "0123456789abcdef",
  region: "weur",
  reporter: "r1",
  seq: 1,
  inFlight: [1, 0],
};

describe("the check of a report", () => {
  it("gives a good report back as it is", () => {
    expect(checkReport(report)).toEqual({ ok: true, report });
  });

  it("takes a report that went through JSON, where no minimum became null", () => {
    expect(checkReport(JSON.parse(JSON.stringify(report)))).toEqual({ ok: true, report });
  });

  it("ignores fields it does not know and takes missing columns as none, from peers of other versions", () => {
    const { inFlight: _, throttled: __, latencyMinMs: ___, sketches: ____, ...older } = report;
    const result = checkReport({ ...older, v: PROTOCOL_VERSION + 1, energyJoules: [1, 2] });
    expect(result).toEqual({
      ok: true,
      report: { ...report, v: PROTOCOL_VERSION + 1, inFlight: [0, 0], latencyMinMs: [Infinity, Infinity] },
    });
  });

  it("reads the revision of the endpoints and a refused mesh, whose reason it cuts", () => {
    const told = {
      endpointsRevision: 1_789_000_000_000,
      refusedMesh: { version: "fedcba9876543210", reason: "no key" },
    };
    expect(checkReport({ ...report, ...told })).toEqual({ ok: true, report: { ...report, ...told } });
    const long = { ...told.refusedMesh, reason: "x".repeat(10_000) };
    expect(checkReport({ ...report, refusedMesh: long })).toMatchObject({
      report: { refusedMesh: { reason: "x".repeat(500) } },
    });
  });

  it.each([
    [{ endpointsRevision: -1 }],
    [{ endpointsRevision: "7" }],
    [{ refusedMesh: "fedcba9876543210" }],
    [{ refusedMesh: { version: 1, reason: "" } }],
    [{ refusedMesh: { version: "v", reason: null } }],
  ])("refuses a report with %j", (fields) => {
    expect(checkReport({ ...report, ...fields })).toMatchObject({ ok: false });
  });

  it.each([
    ["nothing", undefined, "report is not an object"],
    ["a list", [], "report is not an object"],
    ["a column shorter than the ids", { ...report, ok: [1] }, "ok has 1 entries for 2 ids"],
    ["a negative count", { ...report, ok: [1, -1] }, "ok has -1"],
    ["NaN", { ...report, latencySumMs: [Number.NaN, 0] }, "latencySumMs has NaN"],
    // Lists keep their holes on the way to an object.
    ["a hole", { ...report, latencySumMs: new Array<number>(2) }, "latencySumMs has holes"],
    ["an infinite sum", { ...report, latencySumMs: [Number.POSITIVE_INFINITY, 0] }, "latencySumMs has Infinity"],
    ["text for a number", { ...report, requests: "7" }, 'requests has "7"'],
    ["a region that does not exist", { ...report, region: "moon" }, 'region "moon" is not one of ours'],
    ["sequence number 0", { ...report, seq: 0 }, "seq is not an integer from 1"],
    ["a broken sequence number", { ...report, seq: 1.5 }, "seq is not an integer from 1"],
    ["no version", { ...report, v: undefined }, "v is not an integer from 1"],
    ["an endless name", { ...report, reporter: "x".repeat(257) }, "reporter is not a string"],
    ["ids that are not names", { ...report, ids: ["a", 7] }, "ids is not a string"],
    [
      "more endpoints than are taken",
      { ...report, ids: Array.from({ length: MAX_REPORT_ENDPOINTS + 1 }, String) },
      "ids has 1001 entries",
    ],
    [
      "one sketch for two endpoints",
      { ...report, sketches: [{ zeroCount: 0, firstBucket: 0, counts: [] }] },
      "sketches has 1",
    ],
    [
      "a sketch past its last bucket",
      { ...report, sketches: [0, 1].map(() => ({ zeroCount: 0, firstBucket: 511, counts: [1, 1] })) },
      "runs past the last bucket",
    ],
    [
      "a sketch with a negative bucket",
      { ...report, sketches: [0, 1].map(() => ({ zeroCount: 0, firstBucket: 0, counts: [-1] })) },
      "sketch.counts has -1",
    ],
    [
      "a probe of unknown scope",
      { ...report, probes: [{ id: "a", ok: true, generation: 1, scope: "x" }] },
      "probe.scope",
    ],
  ])("refuses %s, whole", (_, value, detail) => {
    const result = checkReport(value);
    expect(result.ok).toBe(false);
    expect(result).toMatchObject({ detail: expect.stringContaining(detail) });
  });

  it("never throws, whatever it is given", () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...Object.keys(report)), (value, key) => {
        expect(typeof checkReport(value).ok).toBe("boolean");
        expect(typeof checkReport({ ...report, [key]: value }).ok).toBe("boolean");
        expect(typeof checkDelta({ ...report, [key]: value }).ok).toBe("boolean");
      }),
    );
  });

  it("lets only finite numbers through", () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { minLength: 2, maxLength: 2 }), (column) => {
        const result = checkReport({ ...report, latencySquareSum: column });
        expect(result.ok).toBe(column.every((value) => value >= 0 && value <= 1e12));
      }),
    );
  });
});
