import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { type Column, cut, fitTable, widthOf } from "../../../src/cli/fit-table.ts";
import { withoutColours } from "../../../src/cli/table.ts";
import { createPaint } from "../../../src/cli/terminal.ts";
import { testTerminal } from "./test-terminal.ts";

const columns: readonly Column[] = [
  { title: "service", min: 8 },
  { title: "requests/s", align: "right" },
  { title: "message", min: 10, drop: 1 },
  { title: "digest", drop: 2 },
];
const rows = [
  ["a-service-with-a-rather-long-name", "12.5", "words that go on and on and on, and then some more", "0123456789ab"],
  ["shop", "1", "", "0123456789ab"],
];

describe("a table that fits", () => {
  it.each([60, 80, 200])("is at most %i cells wide", (width) => {
    for (const line of fitTable(columns, rows, width)) expect(stringWidth(line)).toBeLessThanOrEqual(width);
  });

  it("shows everything where there is room", () => {
    const text = fitTable(columns, rows, 200).join("\n");
    for (const cell of rows.flat()) expect(text).toContain(cell);
  });

  it("cuts before it leaves columns out, and says where with an ellipsis", () => {
    const [title, first] = fitTable(columns, rows, 60);
    expect(title).toMatch(/^service +requests\/s +message +digest$/);
    expect(first).toContain("…");
    expect(first).toContain("0123456789ab");
  });

  it("leaves out the column that says it may go first", () => {
    expect(fitTable(columns, rows, 40)[0]).toMatch(/^service +requests\/s +message$/);
    expect(fitTable(columns, rows, 25)[0]).toMatch(/^service +requests\/s$/);
  });

  it("leaves out columns that have nothing in them", () => {
    expect(fitTable(columns, [["shop", "1"]], 80)[0]).toBe("service  requests/s");
  });

  it("takes as much room as a file gives", () => {
    const [, first] = fitTable(columns, rows, Number.POSITIVE_INFINITY);
    expect(first).toContain(rows[0]![2]);
  });

  it("counts wide characters as two cells and cuts between graphemes", () => {
    expect(stringWidth(cut("日本語のメッセージ", 7))).toBeLessThanOrEqual(7);
    expect(cut("日本語のメッセージ", 7)).toBe("日本語…");
    expect(cut("👩‍👩‍👧 family", 4)).toBe("👩‍👩‍👧…");
  });

  it("aligns columns whose cells are coloured", () => {
    const paint = createPaint(true);
    const painted = fitTable(
      [{ title: "a" }, { title: "b", align: "right" }],
      [
        [{ text: "healthy", paint: paint.green }, "1"],
        [{ text: "down", paint: paint.red }, "22"],
      ],
      80,
    );
    expect(painted.map(withoutColours)).toEqual(["a         b", "healthy   1", "down     22"]);
    expect(painted[1]).toContain("\u001b[32mhealthy\u001b[39m");
  });

  it("keeps text from elsewhere from steering the terminal", () => {
    const [, line] = fitTable([{ title: "t" }], [["\u001b[2Jgone\u0007\r\nnext\u202egnp"]], 80);
    expect(line).toBe("[2Jgone nextgnp");
  });
});

describe("the width of a command's lines", () => {
  it("is the terminal's on a terminal, COLUMNS where that is set, and any otherwise", () => {
    expect(widthOf({ ...testTerminal(), isInteractive: true, columns: () => 97 })).toBe(97);
    expect(widthOf(testTerminal({ COLUMNS: "60" }))).toBe(60);
    expect(widthOf(testTerminal({ COLUMNS: "x" }))).toBe(Number.POSITIVE_INFINITY);
    expect(widthOf(testTerminal())).toBe(Number.POSITIVE_INFINITY);
  });
});
