import { describe, expect, it } from "vitest";
import { foldHeaderOperations, plainHeaderValue } from "../../../../src/import/proxy/header-operations.ts";

const set = (value: string, name = "x-a") => ({ type: "set", name, value }) as const;
const add = (value: string, name = "x-a") => ({ type: "add", name, value }) as const;
const remove = (name = "x-a") => ({ type: "remove", name }) as const;
const one = (value: string) => [{ name: "x-a", value }];

describe("foldHeaderOperations", () => {
  it.each([
    ["nothing", [], undefined],
    ["the last set wins", [set("1"), set("2")], { set: one("2") }],
    ["what is added to a set value is joined to it", [set("1"), add("2")], { set: one("1,2") }],
    ["what is added to an unknown value stays an addition", [add("1"), add("2")], { add: one("1,2") }],
    ["adding after removing is setting", [remove(), add("1")], { set: one("1") }],
    ["removing undoes all", [add("1"), set("2"), remove()], { remove: ["x-a"] }],
    ["names are the same in any case", [set("1"), add("2", "X-A")], { set: one("1,2") }],
    ["names apart do not meet", [set("1"), remove("x-b")], { set: one("1"), remove: ["x-b"] }],
  ] as const)("%s", (_, operations, expected) => {
    expect(foldHeaderOperations(operations)).toEqual(expected);
  });
});

it.each([
  ["plain", "plain"],
  ["100%%", "100%"],
  ["%DOWNSTREAM_REMOTE_ADDRESS%", null],
])("reads %s as %s", (value, expected) => {
  expect(plainHeaderValue(value)).toBe(expected);
});
