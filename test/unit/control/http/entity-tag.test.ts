import { describe, expect, it } from "vitest";
import { numberIn } from "../../../../workers/control/http/entity-tag.ts";

describe("numberIn", () => {
  it.each([
    ['"0"', 0],
    [' "12" ', 12],
    ["12", null],
    ['W/"12"', null],
    ['"01"', null],
    ['"-1"', null],
    ['"1.5"', null],
    ['"1", "2"', null],
    ["*", null],
    ['"9999999999999999"', null],
  ])("reads %s as %s", (tag, number) => {
    expect(numberIn(tag)).toBe(number);
  });
});
