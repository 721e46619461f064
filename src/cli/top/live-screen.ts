import type { Terminal } from "../terminal.ts";

/** The whole terminal, for as long as something runs in it. What was there before comes back at the end. */
export interface LiveScreen {
  /** Lines from the top; those that do not fit are left out. */
  draw(lines: readonly string[]): void;
  /** Gives the terminal back as it was. May be called again. */
  end(): void;
}

const OTHER_SCREEN = "\u001b[?1049h\u001b[?25l";
const FIRST_SCREEN = "\u001b[?25h\u001b[?1049l";
/** Between these, terminals that know them show nothing: a frame comes whole (Synchronized Output, mode 2026). */
const BEGIN_FRAME = "\u001b[?2026h\u001b[H";
const END_FRAME = "\u001b[J\u001b[?2026l";

/** Takes the terminal. It is given back also when the process ends by an exception or a signal that has a listener. */
export function openScreen(terminal: Pick<Terminal, "raw">, rows: () => number): LiveScreen {
  let isOpen = true;
  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    process.off("exit", end);
    terminal.raw(FIRST_SCREEN);
  };
  process.on("exit", end);
  terminal.raw(OTHER_SCREEN);
  return {
    draw(lines) {
      if (!isOpen) return;
      const shown = lines.slice(0, Math.max(1, rows()));
      // Overwriting and clearing what is left of each line does not flicker as clearing first does.
      terminal.raw(`${BEGIN_FRAME}${shown.map((line) => `${line}\u001b[K`).join("\r\n")}${END_FRAME}`);
    },
    end,
  };
}
