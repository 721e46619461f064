import { expect, it } from "vitest";
import { modifyHeaders } from "../../../../src/core/filter/modify-headers.ts";

const modifier = {
  set: [["x-set", "new"]],
  add: [["x-add", "more"]],
  remove: ["x-remove"],
} as const;

it("sets in place of all values, adds to those that are there, removes all", () => {
  const headers = new Headers([
    ["X-Set", "a"],
    ["x-set", "b"],
    ["X-ADD", "a"],
    ["x-remove", "a"],
    ["x-remove", "b"],
    ["x-other", "a"],
  ]);
  modifyHeaders(headers, modifier);
  expect([...headers]).toEqual([
    ["x-add", "a, more"],
    ["x-other", "a"],
    ["x-set", "new"],
  ]);
});

it("sets and adds what was not there, and minds nothing that is not there to remove", () => {
  const headers = new Headers();
  modifyHeaders(headers, modifier);
  expect([...headers]).toEqual([
    ["x-add", "more"],
    ["x-set", "new"],
  ]);
});
