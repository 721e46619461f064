/** What was asked for on the command line, checked: which days are played, on which meshes, with which seeds. */
import { readFile } from "node:fs/promises";
import { formatDuration } from "../../config/duration.ts";
import type { Fault } from "../../config/fault.ts";
import { REGION_SHARES } from "../../simulate/input.ts";
import type { Scenario } from "../../simulate/scenario.ts";
import { kindsOf } from "../../simulate/world/request-kind.ts";
import { wholeNumber } from "../arguments.ts";
import type { CommandArguments } from "../command.ts";
import { readError } from "../config/read-error.ts";
import { CommandFailure } from "../failure.ts";
import { userPath } from "../terminal.ts";
import { type LogSummary, surveyLog } from "./access-log.ts";
import { type Assertion, readAssertion } from "./assertion.ts";
import { readScenario, type World, wholeCatalogue } from "./catalogue.ts";
import { readDailyShape } from "./daily-shape.ts";
import type { Job } from "./job.ts";
import { duration, loadOf, misuse, rpsOf, seedsOf, take } from "./options.ts";
import { parseScenarioFile } from "./scenario-file.ts";
import { placesOf } from "./targets.ts";
import { type BaseConfig, readVariants, type Variant } from "./variants.ts";

export interface Plan {
  readonly scenarios: readonly Scenario[];
  readonly variants: readonly Variant[];
  readonly variantTitle: string;
  readonly seeds: readonly number[];
  readonly assertions: readonly Assertion[];
  /** The same for every run. */
  readonly input: Omit<Job["input"], "scenario" | "seed"> & { readonly durationMs: number; readonly rps: number };
  readonly accessLog: { readonly path: string; readonly summary: LogSummary } | null;
}

/** The faults of a file of scenarios, which are shown like those of a config. */
export interface ScenarioFaults {
  readonly path: string;
  readonly faults: readonly Fault[];
}

export type PlanReading = { readonly ok: true; readonly plan: Plan } | ({ readonly ok: false } & ScenarioFaults);

const DEFAULT_SCENARIO = "none";
const DEFAULT_AT_MS = 30_000;
const DEFAULT_FOR_MS = 60_000;
/** After the last fault: a slow start and then some. */
const AFTERWARDS_MS = 60_000;
const DEFAULT_WARM_UP_MS = 10_000;

/** Throws CommandFailure with exit code 2 for what does not fit. */
export async function readPlan(args: CommandArguments, base: BaseConfig, env: NodeJS.ProcessEnv): Promise<PlanReading> {
  const service = args.option("service");
  const names = base.mesh.services.map(({ name }) => name);
  if (service !== null && !names.includes(service))
    throw misuse(`there is no service "${service}"; there are ${names.join(", ")}`);
  const indices = base.mesh.services.flatMap(({ name }, index) =>
    service === null || name === service ? [index] : [],
  );
  if (kindsOf(base.mesh, new Set(indices)).length === 0) {
    const what = service === null ? "a service" : `service "${service}"`;
    throw new CommandFailure("no_traffic", `no route leads to ${what}: there is nothing to simulate`);
  }
  const world: World = {
    places: placesOf(base.mesh).filter((place) => service === null || place.service === service),
    regions: Object.keys(REGION_SHARES) as World["regions"],
    atMs: duration(args, "at", DEFAULT_AT_MS, 0),
    forMs: duration(args, "for", DEFAULT_FOR_MS, 1),
  };
  const file = args.option("scenarios");
  const fromFile = file === null ? [] : await readScenarioFile(userPath(file, env), world);
  if ("faults" in fromFile) return { ok: false, ...fromFile };
  const scenarios = [...scenariosOf(args, world, file === null), ...fromFile];
  const compared = take(await readVariants(base, args.options("sweep"), args.option("against")));
  const accessLog = accessLogOf(args, env);
  const warmUpMs = duration(args, "warm-up", accessLog === null ? DEFAULT_WARM_UP_MS : 0, 0);
  const endMs = Math.max(world.atMs + world.forMs, ...scenarios.map(endOf));
  const usualMs = accessLog === null ? endMs + AFTERWARDS_MS : Math.max(1_000, accessLog.summary.spanMs - warmUpMs);
  const durationMs = duration(args, "duration", usualMs, 1_000);
  const late = scenarios.find(({ faults }) => faults.some(({ atMs }) => atMs >= durationMs));
  if (late !== undefined) {
    throw misuse(
      `the day ends after ${formatDuration(durationMs)}, before a fault of "${late.name}" begins`,
      "say --at or --duration",
    );
  }
  const slo = duration(args, "slo", 500, 1);
  const daily = args.option("daily");
  if (accessLog !== null && (args.has("rps") || daily !== null)) {
    throw misuse("--access-log brings its own traffic: leave out --rps and --daily");
  }
  const isolates = args.option("isolates");
  const plan: Plan = {
    scenarios,
    variants: compared.variants,
    variantTitle: compared.title,
    seeds: seedsOf(args),
    assertions: args.options("assert").map((text) => take(readAssertion(text), `--assert "${text}": `)),
    input: {
      rps: rpsOf(args, accessLog?.summary ?? null),
      durationMs,
      warmUpMs,
      sloMs: slo,
      ...(service !== null && { service }),
      ...(isolates !== null && { isolates: wholeNumber("isolates", isolates, 1, 100_000) }),
      ...(daily !== null && { shape: take(readDailyShape(daily), "--daily: ") }),
      ...loadOf(args, world.places),
    },
    accessLog,
  };
  return { ok: true, plan };
}

/** Every run of a plan: by scenario, then by variant, then by seed. */
export function jobsOf({ scenarios, variants, seeds, input, accessLog }: Plan) {
  return scenarios.flatMap((scenario) =>
    variants.flatMap((variant) =>
      seeds.map((seed) => {
        const { mesh, contender } = variant;
        const job: Job = { mesh, contender, input: { ...input, scenario, seed }, accessLog: accessLog?.path ?? null };
        return { scenario: scenario.name, variant: variant.name, seed, job };
      }),
    ),
  );
}

function scenariosOf(args: CommandArguments, world: World, needsOne: boolean): Scenario[] {
  const given = args.options("scenario");
  const words = given.length === 0 && needsOne ? [DEFAULT_SCENARIO] : given;
  const found = words.flatMap((word) =>
    word === "all" ? wholeCatalogue(world) : [take(readScenario(word, world), "--scenario ")],
  );
  return found.filter(({ name }, index) => found.findIndex((other) => other.name === name) === index);
}

async function readScenarioFile(path: string, world: World): Promise<readonly Scenario[] | ScenarioFaults> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    return { path, faults: [{ path: "", message: readError(error as NodeJS.ErrnoException) }] };
  }
  const parsed = parseScenarioFile(text, path, world);
  return parsed.ok ? parsed.value : { path, faults: parsed.faults };
}

function endOf({ faults }: Scenario): number {
  return Math.max(0, ...faults.map(({ atMs, forMs }) => atMs + forMs));
}

function accessLogOf(args: CommandArguments, env: NodeJS.ProcessEnv): Plan["accessLog"] {
  const given = args.option("access-log");
  if (given === null) return null;
  const path = userPath(given, env);
  let summary: LogSummary;
  try {
    summary = surveyLog(path);
  } catch (error) {
    throw new CommandFailure("no_log", `${given}: ${readError(error as NodeJS.ErrnoException)}`);
  }
  if (summary.requests > 0) return { path, summary };
  throw new CommandFailure(
    "no_log",
    `${given}: no line is a request${summary.firstSkipped === null ? "" : ` (the first that is none: ${summary.firstSkipped})`}`,
    "expected the common or combined log format, or JSON lines with a time, a method and a URL",
  );
}
