import { expect, it } from "vitest";
import { turned } from "../../../bench/measure/field.ts";

it("lets each round begin with another, and leaves nobody out", () => {
  expect([0, 1, 2, 3].map((round) => turned(["a", "b", "c"], round).join(""))).toEqual(["abc", "bca", "cab", "abc"]);
});
