import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { createPaint, isColoured, userPath } from "../../../src/cli/terminal.ts";

describe("colours", () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [true, { TERM: "dumb" }, false],
  ])("on a terminal (%s) with %j are on: %s", (isTerminal, env, expected) => {
    expect(isColoured(env, isTerminal)).toBe(expected);
  });

  it("leave the text as it is when off, and empty text empty when on", () => {
    expect(createPaint(false).red("x")).toBe("x");
    expect(createPaint(true).red("")).toBe("");
    expect(createPaint(true).red("x")).toBe("\u001b[31mx\u001b[39m");
  });
});

describe("userPath", () => {
  it("finds a file where npm was called from when it is not here", () => {
    const caller = mkdtempSync(join(tmpdir(), "heddle-test-"));
    writeFileSync(join(caller, "only-there.yaml"), "");
    expect(userPath("only-there.yaml", { INIT_CWD: caller })).toBe(join(caller, "only-there.yaml"));
    expect(userPath("nowhere.yaml", { INIT_CWD: caller })).toBe(resolve("nowhere.yaml"));
    expect(userPath("package.json", { INIT_CWD: caller })).toBe(resolve("package.json"));
    rmSync(caller, { recursive: true });
  });
});
