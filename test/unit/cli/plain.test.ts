import { describe, expect, it } from "vitest";
import { plain } from "../../../src/cli/plain.ts";

describe("text from elsewhere", () => {
  it.each([
    ["shop 日本 é", "shop 日本 é"],
    ["a\r\nb\tc", "a b c"],
    ["\u001b]0;title\u0007\u001b[31mred", "]0;title[31mred"],
    ["\u009b31mred", "31mred"],
    ["left\u202etfel", "lefttfel"],
  ])("%j becomes %j", (text, shown) => {
    expect(plain(text)).toBe(shown);
  });
});
