/** What `npm run bench` takes. */
import { parseArgs } from "node:util";
import { CONTENDERS } from "./contenders/registry.ts";
import { FAULTS } from "./failover/faults.ts";
import { TARGETS } from "./headline/run.ts";

export const SECTIONS = ["headline", "micro", "overhead", "streaming", "failover", "growth"] as const;
export type Section = (typeof SECTIONS)[number];

/** Parts of the headline that can be asked for alone. */
const PARTS: readonly string[] = [...TARGETS.map(({ name }) => name), "steady"];

export interface BenchOptions {
  readonly help: boolean;
  readonly sections: readonly Section[];
  /** Of the headline: which duels, and "steady". */
  readonly parts: readonly string[];
  /** Null for all. */
  readonly contenders: readonly string[] | null;
  readonly faults: readonly string[] | null;
  readonly rounds: { readonly headline: number; readonly overhead: number; readonly streaming: number };
  /** Of a round of the headline and of the overhead. */
  readonly seconds: number;
  readonly connections: readonly number[];
  readonly megabytes: number;
  readonly rps: number;
  readonly warmUpSeconds: number;
  readonly faultSeconds: number;
  readonly healSeconds: number;
  readonly parallel: number;
  readonly repeats: number;
  readonly seed: number;
  readonly coldRounds: number;
  /** Folder for the results. */
  readonly out: string;
}

/** A word that does not fit: to be told, with usage. */
export class UsageError extends Error {}

export const HELP = `npm run bench -- [options]

Heddle beside the proxies and Workers that people use, on this machine: same origins, same client, same faults.
Results go to --out as Markdown, JSON and SVG. Programs that are not installed are left out and said so
(Debian: apt-get install nginx-light haproxy caddy wrk).

  --only LIST          sections: ${SECTIONS.join(", ")}; default all.
                       Of the headline alone: ${PARTS.join(", ")}
  --quick              everything for a look: short windows and few rounds
  --contenders LIST    of ${CONTENDERS.map(({ name }) => name).join(", ")}
  --out DIR            default test/bench/results; test/bench/out for parts of it (--quick,
                       --contenders, --faults, parts of the headline)

headline, overhead, streaming
  --rounds N           default 9 (headline), 5 (overhead, streaming)
  --seconds N          of each round, default 2
  --connections LIST   of the overhead, default 1,16,64
  --megabytes N        of a large body, default 100

failover
  --faults LIST        of ${FAULTS.map(({ name }) => name).join(", ")}
  --rps N              requests a second, default 300
  --warm-up N          seconds before the fault, default 4
  --fault-seconds N    default 15: more than the 10 s for which most leave an origin, so that they meet it again
  --heal-seconds N     default 18
  --parallel N         trials at once, each with origins of its own, default 3
  --repeats N          trials of each, default 1
  --seed N             of the origins' latencies and errors, default 1
`;

/** Reads the arguments. Throws UsageError on one that does not fit. */
export function readOptions(args: readonly string[]): BenchOptions {
  const values = valuesOf(args);
  const quick = values.quick === true;
  const number = (name: keyof typeof values, usual: number, forQuick = usual) => {
    const text = values[name];
    if (text === undefined) return quick ? forQuick : usual;
    const value = Number(text);
    if (!(value > 0)) throw new UsageError(`--${name} takes a number above 0, not ${String(text)}`);
    return value;
  };
  const only = list(values.only) ?? [...SECTIONS];
  check("--only", only, [...SECTIONS, ...PARTS]);
  const parts = only.includes("headline") ? PARTS : only.filter((name) => PARTS.includes(name));
  const contenders = list(values.contenders);
  check(
    "--contenders",
    contenders,
    CONTENDERS.map(({ name }) => name),
  );
  const faults = list(values.faults);
  check(
    "--faults",
    faults,
    FAULTS.map(({ name }) => name),
  );
  const isPartial =
    quick || contenders !== null || faults !== null || (parts.length > 0 && parts.length < PARTS.length);
  return {
    help: values.help === true,
    sections: SECTIONS.filter((name) => only.includes(name) || (name === "headline" && parts.length > 0)),
    parts,
    contenders,
    faults,
    rounds: {
      headline: number("rounds", 9, 3),
      overhead: number("rounds", 5, 2),
      streaming: number("rounds", 5, 2),
    },
    seconds: number("seconds", 2, 1),
    connections: numbers(values.connections) ?? [1, 16, 64],
    megabytes: number("megabytes", 100),
    rps: number("rps", 300),
    warmUpSeconds: number("warm-up", 4, 3),
    faultSeconds: number("fault-seconds", 15, 5),
    healSeconds: number("heal-seconds", 18, 12),
    parallel: number("parallel", 3),
    repeats: number("repeats", 1),
    seed: number("seed", 1),
    coldRounds: quick ? 3 : 15,
    out: values.out ?? (isPartial ? "test/bench/out" : "test/bench/results"),
  };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", short: "h" },
        quick: { type: "boolean" },
        only: { type: "string" },
        contenders: { type: "string" },
        faults: { type: "string" },
        out: { type: "string" },
        rounds: { type: "string" },
        seconds: { type: "string" },
        connections: { type: "string" },
        megabytes: { type: "string" },
        rps: { type: "string" },
        "warm-up": { type: "string" },
        "fault-seconds": { type: "string" },
        "heal-seconds": { type: "string" },
        parallel: { type: "string" },
        repeats: { type: "string" },
        seed: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(String((error as Error).message));
  }
}

function list(text: string | undefined): string[] | null {
  return text === undefined ? null : text.split(",").filter((word) => word !== "");
}

function numbers(text: string | undefined): number[] | null {
  const values = list(text)?.map(Number) ?? null;
  if (values?.some((value) => !(value >= 1 && Number.isInteger(value)))) {
    throw new UsageError(`--connections takes whole numbers above 0, not ${text}`);
  }
  return values;
}

function check(option: string, words: readonly string[] | null, known: readonly string[]): void {
  const unknown = words?.find((word) => !known.includes(word));
  if (unknown !== undefined) throw new UsageError(`${option} does not know ${unknown}; it takes ${known.join(", ")}`);
}
