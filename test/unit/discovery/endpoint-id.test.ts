import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NAME_PATTERN } from "../../../src/config/schema/names.ts";
import { endpointId } from "../../../src/discovery/endpoint-id.ts";

describe("the id of a found endpoint", () => {
  it("is its parts, as long as that is an id", () => {
    expect(endpointId(["eu", "shop", "web"])).toBe("eu.shop.web");
  });

  it("ends with a hash when something had to be changed", () => {
    expect(endpointId(["eu", "[2001:db8::1]"])).toMatch(/^eu\.-2001-db8--1-[0-9a-f]{16}$/);
    expect(endpointId(["a".repeat(60), "b"])).not.toBe(endpointId(["a".repeat(60), "c"]));
    expect(endpointId([])).toMatch(/^[0-9a-f]{16}$/);
  });

  it("is always an id, and the same for the same parts", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (parts) => {
        expect(endpointId(parts)).toMatch(NAME_PATTERN);
        expect(endpointId([...parts])).toBe(endpointId(parts));
      }),
      { seed: 5 },
    );
  });

  it("keeps apart what differs in what an id cannot hold", () => {
    expect(endpointId(["a", "b:c"])).not.toBe(endpointId(["a", "b/c"]));
    expect(endpointId(["a", ""])).not.toBe(endpointId(["a"]));
  });
});
