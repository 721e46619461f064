import { describe, expect, it } from "vitest";
import { progressLine, showProgress } from "../../../../src/cli/simulate/progress.ts";
import { createPaint } from "../../../../src/cli/terminal.ts";
import { testTerminal } from "../test-terminal.ts";

const terminal = { paint: createPaint(false), columns: () => 80 };

describe("progressLine", () => {
  it("shows how far it is and how long it takes", () => {
    expect(progressLine(0.5, 4_000, 3, terminal)).toBe(`${"█".repeat(16)}${"░".repeat(16)}  50 %  3 runs  4 s left`);
  });

  it("does not guess at the beginning, and is short on a narrow terminal", () => {
    const line = progressLine(0, 1_000, 1, { ...terminal, columns: () => 40 });
    expect(line).toMatch(/^░{8} {3}0 %\s*$/);
  });
});

describe("showProgress", () => {
  it("writes nothing where nobody looks", () => {
    const silent = testTerminal();
    const hide = showProgress({ progress: () => 0.5 }, 1, silent);
    hide();
    expect(silent.written).toEqual([]);
  });
});
