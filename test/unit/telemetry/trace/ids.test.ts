import { describe, expect, it } from "vitest";
import { seededRng } from "../../../../src/core/rng.ts";
import { createIds } from "../../../../src/telemetry/trace/ids.ts";

describe("createIds", () => {
  it("gives every byte to one id only, and draws more when they are used up", () => {
    let fills = 0;
    const rng = seededRng(1);
    const ids = createIds((bytes) => {
      fills += 1;
      for (let i = 0; i < bytes.length; i += 1) bytes[i] = rng() * 256;
    });
    expect(fills).toBe(0);
    const seen = new Set<string>();
    for (let i = 0; i < 200; i += 1) seen.add(i % 2 === 0 ? ids.spanId() : ids.traceId());
    expect(seen.size).toBe(200);
    // 100 · 8 + 100 · 16 bytes, from pools of 960.
    expect(fills).toBe(3);
    expect([...seen].every((id) => /^[0-9a-f]{16}(?:[0-9a-f]{16})?$/.test(id))).toBe(true);
  });

  it("passes over an id of zeros only, which is none", () => {
    const ids = createIds((bytes) => {
      bytes.fill(0);
      bytes[9] = 0xab;
    });
    expect(ids.spanId()).toBe("00ab000000000000");
  });
});
