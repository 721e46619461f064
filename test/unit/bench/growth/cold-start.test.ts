import { expect, it } from "vitest";
import { coldRows } from "../../../bench/growth/cold-start.ts";

it("adds up the parts of a start and compares it with the bare Worker's of the same round", () => {
  const rows = coldRows(
    new Map([
      ["bare", [{ listenMs: 30, firstAnswerMs: 10 }]],
      ["heddle", [{ listenMs: 40, firstAnswerMs: 20 }]],
    ]),
  );
  expect(rows.map(({ name, totalMs, vsBare }) => [name, totalMs.median, vsBare.median])).toEqual([
    ["bare", 40, 1],
    ["heddle", 60, 1.5],
  ]);
});
