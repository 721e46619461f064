import { describe, expect, it } from "vitest";
import { createProgress } from "../../../../src/cli/control/progress.ts";
import { testTerminal } from "../test-terminal.ts";

function progressOn(stream: { isTTY: boolean; columns: number }) {
  const terminal = testTerminal();
  const written: string[] = [];
  const write = (text: string) => written.push(text) > 0;
  return { terminal, written, progress: createProgress(terminal, { ...stream, write } as never) };
}

describe("progress", () => {
  it("is one line in place on a terminal, cut to its width, and gone at the end", () => {
    const { terminal, written, progress } = progressOn({ isTTY: true, columns: 10 });
    progress.say("a long line");
    progress.say("a long line");
    progress.say("short");
    progress.end();
    progress.end();
    expect(written).toEqual(["\ra long li\u001b[K", "\rshort\u001b[K", "\r\u001b[K"]);
    expect(terminal.errors).toEqual([]);
  });

  it("is a line for each change elsewhere", () => {
    const { terminal, written, progress } = progressOn({ isTTY: false, columns: 10 });
    for (const text of ["1 of 2", "1 of 2", "2 of 2"]) progress.say(text);
    progress.end();
    expect(written).toEqual([]);
    expect(terminal.errors).toEqual(["1 of 2", "2 of 2"]);
  });

  it("takes nothing away that was never shown", () => {
    const { written, progress } = progressOn({ isTTY: true, columns: 10 });
    progress.end();
    expect(written).toEqual([]);
  });
});
