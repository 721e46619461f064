import { type Fault, formatFaults } from "../../config/fault.ts";
import type { Terminal } from "../terminal.ts";
import { shownPath } from "./find-config.ts";

/** How many, for a sentence: "1 fault", "2 faults". */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Shows the faults of a config: text to standard error, or one JSON object to standard output. */
export function reportFaults(path: string, faults: readonly Fault[], asJson: boolean, terminal: Terminal): void {
  const file = shownPath(path);
  if (asJson) {
    terminal.out(JSON.stringify({ ok: false, error: "invalid_config", file, faults }));
    return;
  }
  terminal.err(formatFaults(faults, file));
  terminal.err(terminal.paint.red(`${countOf(faults.length, "fault")} in ${file}`));
}
