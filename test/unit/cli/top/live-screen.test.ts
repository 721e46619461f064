import { describe, expect, it } from "vitest";
import { openScreen } from "../../../../src/cli/top/live-screen.ts";

const OPEN = "\u001b[?1049h\u001b[?25l";
const CLOSE = "\u001b[?25h\u001b[?1049l";

function screenOf(rows: number) {
  const written: string[] = [];
  return { written, screen: openScreen({ raw: (text) => void written.push(text) }, () => rows) };
}

describe("the whole terminal", () => {
  it("is taken, drawn over without clearing first, and given back once", () => {
    const { written, screen } = screenOf(10);
    screen.draw(["one", "two"]);
    screen.end();
    screen.end();
    screen.draw(["late"]);
    expect(written).toEqual([OPEN, "\u001b[?2026h\u001b[Hone\u001b[K\r\ntwo\u001b[K\u001b[J\u001b[?2026l", CLOSE]);
  });

  it("is not scrolled by more lines than it has", () => {
    const { written, screen } = screenOf(2);
    screen.draw(["one", "two", "three"]);
    screen.end();
    expect(written[1]).not.toContain("three");
  });

  it("is given back when the process ends another way", () => {
    const before = process.listeners("exit");
    const { written, screen } = screenOf(2);
    const [own] = process.listeners("exit").filter((listener) => !before.includes(listener));
    (own as () => void)();
    expect(written.at(-1)).toBe(CLOSE);
    screen.end();
    expect(process.listeners("exit")).toEqual(before);
  });
});
