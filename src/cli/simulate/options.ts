/** Options of the command line that are a number or a time. Each throws CommandFailure with exit code 2 for what does not fit. */
import { parseDuration } from "../../config/duration.ts";
import type { GameDayInput } from "../../simulate/input.ts";
import type { OriginSettings } from "../../simulate/world/origins.ts";
import { wholeNumber } from "../arguments.ts";
import type { CommandArguments } from "../command.ts";
import { CommandFailure } from "../failure.ts";
import type { LogSummary } from "./access-log.ts";
import { percent } from "./amounts.ts";
import type { Place, Reading } from "./targets.ts";

const DEFAULT_RPS = 500;
const MAX_RPS = 1_000_000;
const MAX_SEED = 4_294_967_295;

/** Utilisation, or what each origin can bear. */
export function loadOf(
  args: CommandArguments,
  places: readonly Place[],
): Pick<GameDayInput, "utilisation" | "origins"> {
  const [utilisation, capacities] = [args.option("utilisation"), args.options("capacity")];
  if (utilisation !== null && capacities.length > 0) throw misuse("--utilisation and --capacity exclude each other");
  if (utilisation !== null) {
    const value = percent(utilisation);
    if (value === null || value <= 0) throw misuse(`--utilisation is a percentage such as 70%, not "${utilisation}"`);
    return { utilisation: value / 100 };
  }
  if (capacities.length === 0) return {};
  const origins: Record<string, OriginSettings> = {};
  for (const text of capacities) {
    const [, id, rate] = /^(?:([^=]+)=)?([0-9]+(?:\.[0-9]+)?)$/.exec(text) ?? [];
    if (rate === undefined || Number(rate) <= 0)
      throw misuse(`--capacity is requests/s, such as 200 or aws=200, not "${text}"`);
    const ids = places.filter((place) => id === undefined || place.id === id).map((place) => place.id);
    if (ids.length === 0) throw misuse(`--capacity ${text}: there is no endpoint "${id}"`);
    for (const endpoint of ids) origins[endpoint] = originFor(Number(rate));
  }
  return { origins };
}

/** Servers that take about 40 ms for a request, and together bear this many a second. */
function originFor(perSecond: number): OriginSettings {
  const servers = Math.max(1, Math.round(perSecond * 0.04));
  return { servers, meanServiceMs: (servers * 1_000) / perSecond };
}

/** As typed, or as in a log. */
export function rpsOf(args: CommandArguments, log: LogSummary | null): number {
  if (log !== null) return Math.max(0.1, log.requests / Math.max(1, log.spanMs / 1_000));
  const text = args.option("rps");
  if (text === null) return DEFAULT_RPS;
  const rps = /^[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : Number.NaN;
  if (rps > 0 && rps <= MAX_RPS) return rps;
  throw misuse(`--rps is a number above 0, at most ${MAX_RPS}, not "${text}"`);
}

/** Never empty, each once. */
export function seedsOf(args: CommandArguments): number[] {
  const [one, several] = [args.option("seed"), args.option("seeds")];
  if (one !== null && several !== null) throw misuse("--seed and --seeds exclude each other");
  if (several === null) return [wholeNumber("seed", one ?? "1", 0, MAX_SEED)];
  return [...new Set(several.split(",").map((seed) => wholeNumber("seeds", seed.trim(), 0, MAX_SEED)))];
}

/** Milliseconds of an option, or `usualMs` when it was not given. */
export function duration(args: CommandArguments, option: string, usualMs: number, minMs: number): number {
  const text = args.option(option);
  if (text === null) return usualMs;
  const ms = parseDuration(text);
  if (ms !== null && ms >= minMs) return ms;
  throw misuse(`--${option} is a duration such as 30s or 1m30s, not "${text}"`);
}

/** The value, or a failure with what was expected. */
export function take<T>(reading: Reading<T>, before = ""): T {
  if (reading.ok) return reading.value;
  throw misuse(
    `${before}${reading.message}`,
    reading.suggestion === undefined ? undefined : `did you mean ${reading.suggestion}?`,
  );
}

/** Wrong usage, with what to do about it. */
export function misuse(message: string, fix = "heddle simulate --help shows how it is used"): CommandFailure {
  return new CommandFailure("usage", message, fix, 2);
}
