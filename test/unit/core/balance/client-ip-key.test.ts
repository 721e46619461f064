import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientIpKey } from "../../../../src/core/balance/client-ip-key.ts";

describe("the key of a client's address", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["203.0.113.7:4711", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::FFFF:cb00:7107", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002::1", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["2001:db8::", "2001:db8:0:0::/64"],
    ["64:ff9b::203.0.113.7", "64:ff9b:0:0::/64"],
    ["", ""],
    ["unknown", "unknown"],
    ["1::2::3", "1::2::3"],
    ["1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:9"],
    ["12345::", "12345::"],
    ["::1.2.3.400", "::1.2.3.400"],
  ])("of %s is %s", (address, key) => {
    expect(clientIpKey(address)).toBe(key);
  });

  it("is the same for all addresses of a /64, in any spelling", () => {
    const group = fc.nat({ max: 0xffff });
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 8, maxLength: 8 }),
        fc.array(group, { minLength: 4, maxLength: 4 }),
        (a, b) => {
          fc.pre(a.slice(0, 4).some((part) => part !== 0));
          const text = (groups: number[], pad: number) =>
            groups.map((n) => n.toString(16).padStart(pad, "0")).join(":");
          expect(clientIpKey(text([...a.slice(0, 4), ...b], 4).toUpperCase())).toBe(clientIpKey(text(a, 1)));
        },
      ),
      { seed: 6 },
    );
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0af:.[]%g") }), (text) => {
        expect(typeof clientIpKey(text)).toBe("string");
      }),
      { seed: 7, numRuns: 1_000 },
    );
  });
});
