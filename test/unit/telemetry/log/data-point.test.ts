import { describe, expect, it } from "vitest";
import { dataPointOf } from "../../../../src/telemetry/log/data-point.ts";
import { seenRequest } from "../../../fixtures/seen-request.ts";

describe("dataPointOf", () => {
  it("has its columns where they are documented", () => {
    const attempts = [
      { endpoint: "gcp", outcome: "5xx" },
      { endpoint: "aws", outcome: "ok" },
    ] as const;
    expect(dataPointOf(seenRequest({ attempts, flags: "URX" }), 0.25)).toEqual({
      blobs: ["shop", "cart", "aws", "GET", "URX", "5xx,ok", "weur", "FRA", "", "0123456789abcdef"],
      doubles: [200, 42, 2, 4],
      indexes: ["cart"],
    });
  });

  it("stays within the platform's limits, whatever the names", () => {
    const long = "é".repeat(5_000);
    const { blobs, doubles, indexes } = dataPointOf(
      seenRequest({ route: long, service: long, endpoint: long, method: long, meshVersion: long }),
      1,
    );
    const bytes = (text: string) => new TextEncoder().encode(text).length;
    expect(blobs.length).toBeLessThanOrEqual(20);
    expect(doubles.length).toBeLessThanOrEqual(20);
    expect(blobs.reduce((sum, blob) => sum + bytes(blob), 0)).toBeLessThan(16_384);
    expect(bytes(indexes[0])).toBeLessThanOrEqual(96);
    expect(indexes[0]).toMatch(/^é+$/);
  });

  it("is indexed by the route where no service was chosen", () => {
    expect(dataPointOf(seenRequest({ service: "", status: 500 }), 1).indexes).toEqual(["shop"]);
  });
});
