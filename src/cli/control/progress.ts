import type { Terminal } from "../terminal.ts";

/** How long work goes, on standard error: one line in place on a terminal, a line for each change elsewhere. */
export interface Progress {
  say(text: string): void;
  /** Takes the line away. */
  end(): void;
}

export function createProgress(
  { err, paint }: Terminal,
  stream: Pick<NodeJS.WriteStream, "isTTY" | "write" | "columns"> = process.stderr,
): Progress {
  let last = "";
  if (stream.isTTY !== true) {
    return {
      say(text) {
        if (text !== last) err(paint.dim(text));
        last = text;
      },
      end() {},
    };
  }
  return {
    say(text) {
      if (text === last) return;
      last = text;
      stream.write(`\r${[...text].slice(0, Math.max(1, (stream.columns || 80) - 1)).join("")}\u001b[K`);
    },
    end() {
      if (last !== "") stream.write("\r\u001b[K");
      last = "";
    },
  };
}
