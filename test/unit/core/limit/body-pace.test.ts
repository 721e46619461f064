import { describe, expect, it } from "vitest";
import { allowedMs, DEFAULT_BODY_PACE } from "../../../../src/core/limit/body-pace.ts";
import { meshOf } from "../../../integration/harness/configs.ts";

describe("how long a body may take", () => {
  it.each([
    ["grows with what came of it", { timeoutMs: 0, graceMs: 500, minBytesPerSecond: 100 }, 50, 1_000],
    ["is bounded in all", { timeoutMs: 800, graceMs: 500, minBytesPerSecond: 100 }, 50, 800],
    ["has no bound but that where there is no pace", { timeoutMs: 800, graceMs: 500, minBytesPerSecond: 0 }, 0, 800],
    [
      "is for ever where there is neither",
      { timeoutMs: 0, graceMs: 1, minBytesPerSecond: 0 },
      0,
      Number.POSITIVE_INFINITY,
    ],
  ])("%s", (_, pace, bytes, expected) => {
    expect(allowedMs(pace, bytes)).toBe(expected);
  });

  it("is the same where a rule says nothing of it and where it asks for the defaults", async () => {
    const { guards } = await meshOf(`
services: { s: { endpoints: [{ id: a, url: "https://a.test" }] } }
routes: [{ rules: [{ bounds: {}, backendRefs: [{ service: s }] }] }]`);
    expect(guards![0]!.bounds!.bodyPace).toEqual(DEFAULT_BODY_PACE);
  });
});
