import { createInterface } from "node:readline/promises";

/**
 * Asks a question on standard error and reads one line of standard input.
 *
 * Null when either is no terminal, or when the input ends or Ctrl-C comes before an answer.
 */
export async function ask(question: string): Promise<string | null> {
  const { stdin, stderr } = process;
  if (!mayAsk()) return null;
  const lines = createInterface({ input: stdin, output: stderr });
  const gone = new AbortController();
  lines.once("SIGINT", () => gone.abort());
  lines.once("close", () => gone.abort());
  try {
    return (await lines.question(question, { signal: gone.signal })).trim();
  } catch {
    stderr.write("\n");
    return null;
  } finally {
    lines.close();
  }
}

/** Whether somebody is there to answer. */
export function mayAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks for a yes. Anything else, also no answer, is a no; null when nobody can be asked. */
export async function confirm(question: string): Promise<boolean | null> {
  if (!mayAsk()) return null;
  const answer = await ask(`${question} [y/N] `);
  return /^y(es)?$/i.test(answer ?? "");
}
