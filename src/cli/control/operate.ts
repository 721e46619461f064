/** What drain, undrain and override have in common. */
import type { CommandArguments } from "../command.ts";
import { CommandFailure, type ExitCode } from "../failure.ts";
import { plain } from "../plain.ts";
import type { Terminal } from "../terminal.ts";
import { briefly, durationOption } from "../when.ts";
import type { Control } from "./client.ts";
import { actionText, type Operated, type OverrideRequest, override, overrides } from "./overrides.ts";
import { print } from "./print.ts";
import { createProgress } from "./progress.ts";
import type { Override, Target } from "./shapes.ts";
import { targetText } from "./target.ts";

const MAX_FOR_MS = 30 * 24 * 3_600_000;
const LOOK_EVERY_MS = 1_000;

/** Says an override that the options describe, waits for its drain when told to, and reports. */
export async function operate(
  control: Control,
  service: string,
  word: Pick<OverrideRequest, "target" | "action" | "percent">,
  args: CommandArguments,
  terminal: Terminal,
): Promise<ExitCode> {
  const limit = args.option("for");
  const reason = args.option("reason");
  const operated = await override(control, service, {
    ...word,
    ...(limit !== null && { forMs: durationOption("for", limit, 1_000, MAX_FOR_MS) }),
    ...(reason !== null && { reason }),
    ...(args.has("force") && { force: true }),
  });
  const json = args.has("json");
  if (!json) for (const line of said(service, operated, terminal)) terminal.out(line);
  const drained = args.has("wait") ? await untilDrained(control, service, operated.override, terminal) : null;
  const holds = drained ?? true;
  if (json) terminal.out(JSON.stringify({ ok: holds, ...operated, ...(drained !== null && { drained }) }));
  else if (drained !== null)
    terminal.out(drained ? terminal.paint.green("drained") : terminal.paint.red("it is not in force any more"));
  return holds ? 0 : 1;
}

function said(service: string, { override: word, impact, warning }: Operated, { paint }: Terminal): string[] {
  const until =
    word.untilMs == null ? "until it is cleared" : `for ${briefly(word.untilMs - (word.atMs ?? Date.now()))}`;
  const lines = [
    `${paint.green(actionText(word))} ${paint.bold(plain(service))} ${plain(targetText(word.target))}, ${until}`,
  ];
  if (impact != null) lines.push(paint.dim(`${impact.serving} of ${impact.endpoints} endpoints serve`));
  if (warning != null && warning !== "") lines.push(paint.yellow(plain(warning)));
  return lines;
}

/** Waits until no request and no session is left on what is drained; false when the override has ended before. */
async function untilDrained(control: Control, service: string, word: Override, terminal: Terminal): Promise<boolean> {
  const progress = createProgress(terminal);
  const startedAtMs = performance.now();
  try {
    for (;;) {
      const now = (await overrides(control, service)).find(({ id }) => id === word.id);
      if (now === undefined) return false;
      if (now.state === "drained") return true;
      const took = process.stderr.isTTY ? `, ${briefly(performance.now() - startedAtMs)}` : "";
      progress.say(`${now.state ?? "draining"} ${plain(targetText(word.target))}${took}`);
      await new Promise((wake) => setTimeout(wake, LOOK_EVERY_MS));
    }
  } finally {
    progress.end();
  }
}

/** The failure of taking back what was not said, with what is in force. */
export function nothingToClear(service: string, target: Target | string, inForce: readonly Override[]): CommandFailure {
  const text = plain(typeof target === "string" ? target : targetText(target));
  const there = inForce.map((one) => `${actionText(one)} ${plain(targetText(one.target))}`).join(", ");
  const fix = there === "" ? `${plain(service)} has no overrides` : `in force: ${there}`;
  return new CommandFailure("not_found", `nothing of the kind was said of ${text}`, fix);
}

/** Reports what was taken back. */
export function reportCleared(
  service: string,
  cleared: readonly Override[],
  args: CommandArguments,
  terminal: Terminal,
): ExitCode {
  const { paint } = terminal;
  const lines = () =>
    cleared.map(
      (one) =>
        `${paint.green("cleared")} ${actionText(one)} ${paint.bold(plain(service))} ${plain(targetText(one.target))}`,
    );
  print({ ok: true, service, cleared }, lines, args, terminal);
  return 0;
}
