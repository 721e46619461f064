import { createScreen } from "../demo/screen.ts";
import type { Terminal } from "../terminal.ts";
import type { Playing } from "./play.ts";

/** Shorter runs need no bar. */
const PATIENCE_MS = 1_000;
const DRAW_EVERY_MS = 150;
const BAR_CELLS = 32;

/** Shows how far the runs are, after a second, on a terminal only. Call the result when they are done: the bar goes away. */
export function showProgress(playing: Pick<Playing, "progress">, runs: number, terminal: Terminal): () => void {
  if (!terminal.isInteractive) return () => {};
  const startedAtMs = performance.now();
  let screen: ReturnType<typeof createScreen> | null = null;
  const timer = setInterval(() => {
    const passedMs = performance.now() - startedAtMs;
    if (passedMs < PATIENCE_MS) return;
    screen ??= createScreen(terminal);
    screen.draw([progressLine(playing.progress(), passedMs, runs, terminal)]);
  }, DRAW_EVERY_MS);
  return () => {
    clearInterval(timer);
    screen?.draw([]);
    screen?.end();
  };
}

/** "████░░░  42 %  3 runs  7 s left". */
export function progressLine(
  share: number,
  passedMs: number,
  runs: number,
  { paint, columns }: Pick<Terminal, "paint" | "columns">,
): string {
  const cells = Math.max(8, Math.min(BAR_CELLS, columns() - 32));
  const filled = Math.round(cells * share);
  const left = share > 0.02 ? `${Math.ceil((passedMs * (1 - share)) / share / 1_000)} s left` : "";
  const bar = paint.cyan("█".repeat(filled)) + paint.dim("░".repeat(cells - filled));
  const what = runs === 1 ? "" : `  ${runs} runs`;
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} %${paint.dim(`${what}  ${left}`)}`;
}
