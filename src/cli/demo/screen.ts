import type { Terminal } from "../terminal.ts";

/** Lines drawn in place at the bottom of a terminal; what was above scrolls up as usual. */
export interface Screen {
  draw(lines: readonly string[]): void;
  /** Leaves the last lines standing and gives the cursor back. */
  end(): void;
}

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

export function createScreen(terminal: Terminal): Screen {
  let drawn = 0;
  terminal.raw(HIDE_CURSOR);
  return {
    draw(lines) {
      const back = drawn === 0 ? "" : `\u001b[${drawn}A\r`;
      terminal.raw(`${back}${lines.map((line) => `${line}\u001b[K\n`).join("")}\u001b[J`);
      drawn = lines.length;
    },
    end() {
      terminal.raw(SHOW_CURSOR);
    },
  };
}
