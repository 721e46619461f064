import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addressKey,
  FAILURE_WINDOW_MS,
  FailureLimit,
  MAX_FAILURES,
} from "../../../../durable-objects/access-control/failure-limit.ts";

describe("FailureLimit", () => {
  it("refuses after the last failure that is allowed, until the window ends", () => {
    const limit = new FailureLimit();
    for (let i = 0; i < MAX_FAILURES; i++) {
      expect(limit.refusedForMs("a", 1_000 + i)).toBe(0);
      limit.onFailure("a", 1_000 + i);
    }
    expect(limit.refusedForMs("a", 2_000)).toBe(FAILURE_WINDOW_MS - 1_000);
    expect(limit.refusedForMs("b", 2_000)).toBe(0);
    expect(limit.refusedForMs("a", 1_000 + FAILURE_WINDOW_MS)).toBe(0);
  });

  it("starts anew with the first failure after a window", () => {
    const limit = new FailureLimit(2);
    limit.onFailure("a", 0);
    limit.onFailure("a", FAILURE_WINDOW_MS);
    expect(limit.refusedForMs("a", FAILURE_WINDOW_MS)).toBe(0);
    limit.onFailure("a", FAILURE_WINDOW_MS + 1);
    expect(limit.refusedForMs("a", FAILURE_WINDOW_MS + 1)).toBe(FAILURE_WINDOW_MS - 1);
  });

  it("never holds more keys than it may, and forgets those that began first", () => {
    const limit = new FailureLimit(1, 100);
    for (let i = 0; i < 1_000; i++) limit.onFailure(`k${i}`, i);
    expect(limit.size).toBe(100);
    expect([limit.refusedForMs("k0", 1_000), limit.refusedForMs("k999", 1_000) > 0]).toEqual([0, true]);
  });
});

describe("addressKey", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2::1", "2001:db8:1:2"],
    ["2001:DB8:0001:2:ffff:1:2:3", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["::ffff:192.0.2.7", "::ffff:192.0.2.7"],
    ["", ""],
  ])("counts %s under %s", (address, key) => {
    expect(addressKey(address)).toBe(key);
  });

  it("never throws, and is bounded, whatever a header holds", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 500 }), (text) => addressKey(text).length <= 64),
      { seed: 1 },
    );
  });
});
