import type { CommandSpec } from "./command.ts";
import { EXIT_CODES } from "./failure.ts";
import type { Paint } from "./terminal.ts";

/** The overview of all commands. */
export function overview(commands: readonly CommandSpec[], version: string, paint: Paint): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `${paint.bold("heddle")} ${version}: a service mesh for the edge`,
    "",
    `${paint.bold("Usage:")} heddle <command> [options]`,
    "",
    paint.bold("Commands:"),
    ...commands.map(({ name, summary }) => `  ${paint.cyan(name.padEnd(width))}  ${summary}`),
    "",
    paint.bold("Options:"),
    "  -h, --help     this text, or that of a command",
    "  -V, --version  the version",
    "",
    paint.bold("Exit codes:"),
    ...EXIT_CODES.map(([code, means]) => `  ${code}  ${means}`),
  ].join("\n");
}

/** The help of one command. */
export function commandHelp(spec: CommandSpec, paint: Paint): string {
  const options = Object.entries(spec.options).map(([name, { value, short, does }]) => ({
    form: `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`,
    does,
  }));
  options.push({ form: "-h, --help", does: "this text" });
  const width = Math.max(...options.map(({ form }) => form.length));
  const usage = ["heddle", spec.name, spec.positionals, "[options]"].filter((word) => word !== "").join(" ");
  return [
    spec.summary,
    "",
    `${paint.bold("Usage:")} ${usage}`,
    "",
    paint.bold("Options:"),
    ...options.map(({ form, does }) => `  ${paint.cyan(form.padEnd(width))}  ${does}`),
    ...(spec.notes.length === 0 ? [] : ["", ...spec.notes]),
    "",
    paint.bold("Examples:"),
    ...spec.examples.map((example) => `  ${example}`),
  ].join("\n");
}
