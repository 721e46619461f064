import { createPaint, type Terminal } from "../../../src/cli/terminal.ts";

/** A terminal that keeps what was written. */
export function testTerminal(env: NodeJS.ProcessEnv = {}): Terminal & { written: string[]; errors: string[] } {
  const written: string[] = [];
  const errors: string[] = [];
  return {
    written,
    errors,
    out: (line) => void written.push(line),
    err: (line) => void errors.push(line),
    raw: (text) => void written.push(text),
    isInteractive: false,
    columns: () => 80,
    paint: createPaint(false),
    env,
  };
}
