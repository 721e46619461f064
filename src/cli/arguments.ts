import { parseArgs } from "node:util";
import { nearest } from "../config/nearest.ts";
import type { CommandArguments, CommandSpec } from "./command.ts";
import { CommandFailure } from "./failure.ts";

/**
 * Reads a command's arguments against its spec. `--name value`, `--name=value`, `-n value` and `--` work.
 *
 * Throws CommandFailure with exit code 2 and a suggestion when they do not fit.
 */
export function readArguments(spec: CommandSpec, words: readonly string[]): CommandArguments {
  const known = Object.entries(spec.options);
  const { tokens, positionals } = parseArgs({
    args: [...words],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      known.map(([name, { value, short, many }]) => [
        name,
        { type: value === undefined ? "boolean" : "string", multiple: many === true, ...(short && { short }) },
      ]),
    ),
  });
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = spec.options[token.name];
    if (option === undefined || !Object.hasOwn(spec.options, token.name)) throw unknownOption(spec, token.rawName);
    const values = given.get(token.name) ?? [];
    if (option.value === undefined) {
      if (token.value !== undefined) throw misuse(spec, `${token.rawName} takes no value`);
    } else if (token.value === undefined || (!token.inlineValue && /^-./.test(token.value))) {
      throw misuse(spec, `${token.rawName} needs a value: ${token.rawName} ${option.value}`);
    }
    if (values.length > 0 && !option.many) throw misuse(spec, `${token.rawName} is given twice`);
    given.set(token.name, [...values, token.value ?? ""]);
  }
  if (positionals.length < spec.minPositionals) throw misuse(spec, `${spec.positionals} is missing`);
  if (positionals.length > spec.maxPositionals) {
    throw misuse(spec, `"${positionals[spec.maxPositionals]}" is one argument too many`);
  }
  return {
    positionals,
    option: (name) => given.get(name)?.[0] ?? null,
    options: (name) => given.get(name) ?? [],
    has: (name) => given.has(name),
  };
}

/** A whole number within bounds. Throws CommandFailure naming the option otherwise. */
export function wholeNumber(option: string, value: string, min: number, max: number): number {
  const number = Number(value);
  if (/^[0-9]+$/.test(value) && number >= min && number <= max) return number;
  throw new CommandFailure("usage", `--${option} is a whole number from ${min} to ${max}, not "${value}"`, "", 2);
}

function unknownOption(spec: CommandSpec, typed: string): CommandFailure {
  const guess = nearest(
    typed.replace(/^-+/, ""),
    [...Object.keys(spec.options), "help"].filter((name) => name.length > 1),
  );
  return new CommandFailure(
    "usage",
    `heddle ${spec.name} has no option ${typed}`,
    guess === undefined ? `heddle ${spec.name} --help lists its options` : `did you mean --${guess}?`,
    2,
  );
}

function misuse(spec: CommandSpec, message: string): CommandFailure {
  return new CommandFailure("usage", message, `heddle ${spec.name} --help shows how it is used`, 2);
}
