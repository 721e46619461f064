import { describe, expect, it } from "vitest";
import {
  ASKED_FOR_MS,
  askSamples,
  checkSamples,
  createSamples,
  type DecisionSample,
  noteSamples,
  samplesWanted,
} from "../../../src/core/decision-sample.ts";

const sample = (more: Partial<DecisionSample> = {}): DecisionSample => ({
  atMs: 1_000,
  route: "to-shop",
  method: "GET",
  path: "/cart",
  candidates: [{ id: "aws", probability: 0.7, cost: 12, state: "available" }],
  winner: "aws",
  attempts: [{ id: "aws", outcome: "ok" }],
  status: 200,
  latencyMs: 12,
  ...more,
});

describe("the samples of a monitor", () => {
  it("are asked of isolates only for a while after somebody looked", () => {
    const samples = createSamples();
    expect(samplesWanted(samples, 0)).toBe(0);
    askSamples(samples, 0, 5_000);
    expect(samplesWanted(samples, 5_000 + ASKED_FOR_MS - 1)).toBe(2);
    expect(samplesWanted(samples, 5_000 + ASKED_FOR_MS)).toBe(0);
  });

  it("are the latest 50, with numbers that rise", () => {
    const samples = createSamples();
    for (let n = 0; n < 60; n++) noteSamples(samples, [sample({ latencyMs: n })], 1_000);
    const kept = askSamples(samples, 0, 1_000);
    expect(kept.map(({ latencyMs }) => latencyMs)).toEqual(Array.from({ length: 50 }, (_, n) => n + 10));
    expect(askSamples(samples, kept[40]!.n, 1_000)).toEqual(kept.slice(41));
  });

  it("of a later life of the object have higher numbers", () => {
    const [first, second] = [createSamples(), createSamples()];
    for (let n = 0; n < 50; n++) noteSamples(first, [sample()], 1_000);
    noteSamples(second, [sample()], 1_001);
    expect(second.kept[0]!.n).toBeGreaterThan(first.kept.at(-1)!.n);
  });
});

describe("samples of a peer", () => {
  it("are taken as they are, two at most", () => {
    expect(checkSamples([sample(), sample(), sample()])).toEqual([sample(), sample()]);
  });

  it.each([
    ["nothing", undefined],
    ["no list", "x"],
    ["null", [null]],
    ["a number that is none", [sample({ latencyMs: Number.NaN })]],
    ["a path of any length", [sample({ path: "x".repeat(1_000) })]],
    ["many candidates", [sample({ candidates: Array.from({ length: 17 }, () => sample().candidates[0]!) })]],
    ["a candidate that is none", [sample({ candidates: [{ id: 5 }] as never })]],
    ["an attempt that is none", [sample({ attempts: [null] as never })]],
  ])("are left out where they are %s, and the report stays", (_, value) => {
    expect(checkSamples(value)).toEqual([]);
  });

  it("lose what is not part of a sample", () => {
    expect(checkSamples([{ ...sample(), cookie: "secret" }])).toEqual([sample()]);
  });
});
