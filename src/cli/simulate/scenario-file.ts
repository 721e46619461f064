/** Scenarios from a file: YAML or JSON, several faults each, all faults of the file reported at once as for a config. */
import * as z from "zod";
import { type Decoded, parseAs } from "../../config/decode/decode-as.ts";
import { durationMs } from "../../config/duration.ts";
import { type JsonSchema, knownKeys } from "../../config/json-schema.ts";
import { nearest } from "../../config/nearest.ts";
import { duration } from "../../config/schema/duration.ts";
import { type Finding, isRecord, withFindings } from "../../config/schema/finding.ts";
import type { Fault, Scenario, Target } from "../../simulate/scenario.ts";
import type { World } from "./catalogue.ts";
import { readTarget } from "./targets.ts";

/**
 * Decodes a file of scenarios.
 *
 * - `world`: what targets are looked up in; its times hold for faults that do not state theirs.
 *
 * Never throws.
 */
export function parseScenarioFile(text: string, file: string, world: World): Decoded<readonly Scenario[]> {
  const schema = scenarioFileSchema(world);
  const json: JsonSchema = z.toJSONSchema(schema, { io: "input", target: "draft-07", unrepresentable: "any" });
  const shape = { schema, keysAt: (path: readonly (string | number)[]) => knownKeys(path, json) };
  const decoded = parseAs(shape, text, file.endsWith(".json") ? "json" : "yaml");
  if (!decoded.ok) return decoded;
  return { ok: true, value: decoded.value.scenarios.map((scenario) => toScenario(scenario, world)) };
}

type ScenarioFile = z.output<ReturnType<typeof scenarioFileSchema>>;
type WrittenFault = ScenarioFile["scenarios"][number]["faults"][number];

function scenarioFileSchema(world: World) {
  const name = z.string().min(1).max(100);
  const faults = z.array(faultSchema(world)).max(100);
  const scenarios = z.array(z.strictObject({ name, faults })).min(1).max(1_000);
  return withFindings(z.strictObject({ scenarios }), repeatedNames);
}

function faultSchema(world: World) {
  const target = targetSchema(world);
  const factor = z.number().gt(0).max(10_000);
  const percent = z.number().min(0).max(100);
  const times = { at: duration("0s", "24h").optional(), for: duration("1ms", "24h").optional() };
  const one = <T extends Fault["type"], F extends z.ZodRawShape>(type: T, fields: F) =>
    z.strictObject({ type: z.literal(type), ...fields, ...times });
  return z.discriminatedUnion("type", [
    one("down", { target }),
    one("black-hole", { target }),
    one("gray", { target, errorPercent: percent }),
    one("fast-fail", { target }),
    one("slow", { target, factor }),
    one("outage", { target }),
    one("flap", { target, period: duration("2ms", "24h") }),
    one("antagonist", { target, percent }),
    one("capacity-cut", { target, percent }),
    one("cold-recovery", { target, factor, warm: duration("1ms", "24h") }),
    one("retry-storm", { retries: z.int().min(1).max(100) }),
    one("surge", { factor }),
    one("path-loss", { target, from: z.enum(world.regions) }),
    one("partition", { from: z.enum([...world.regions, "all"]).default("all") }),
    one("bad-config", { target }),
  ]);
}

/** A name as on the command line, or an object where an endpoint and a cloud share the name. */
function targetSchema({ places }: World) {
  const known = (key: "id" | "cloud" | "region", noun: string) =>
    withFindings(z.string(), function* (text) {
      const names = [...new Set(places.map((place) => place[key]))].filter((value) => value !== "");
      if (typeof text !== "string" || names.includes(text)) return;
      const suggestion = nearest(text, names);
      yield { path: [], message: `there is no ${noun} "${text}"`, ...(suggestion !== undefined && { suggestion }) };
    });
  const written = z.union([
    z.string(),
    z.strictObject({ endpoint: known("id", "endpoint") }),
    z.strictObject({ cloud: known("cloud", "cloud"), region: known("region", "region").optional() }),
  ]);
  return withFindings(written, function* (text) {
    const read = typeof text === "string" ? readTarget(text, places) : null;
    if (read === null || read.ok) return;
    const { message, suggestion } = read;
    yield { path: [], message, ...(suggestion !== undefined && { suggestion }) };
  });
}

function* repeatedNames(value: unknown): Iterable<Finding> {
  const scenarios = isRecord(value) && Array.isArray(value.scenarios) ? value.scenarios : [];
  const seen = new Set<unknown>();
  for (const [index, scenario] of scenarios.entries()) {
    const name: unknown = isRecord(scenario) ? scenario.name : undefined;
    if (typeof name === "string" && seen.has(name)) {
      yield { path: ["scenarios", index, "name"], message: "another scenario has this name" };
    }
    seen.add(name);
  }
}

function toScenario({ name, faults }: ScenarioFile["scenarios"][number], world: World): Scenario {
  return {
    name,
    faults: faults.map((written) => ({
      fault: toFault(written, world),
      atMs: written.at === undefined ? world.atMs : durationMs(written.at),
      forMs: written.for === undefined ? world.forMs : durationMs(written.for),
    })),
  };
}

function toFault(written: WrittenFault, world: World): Fault {
  const { at: _at, for: _for, ...fault } = written;
  switch (fault.type) {
    case "retry-storm":
    case "surge":
    case "partition":
      return fault;
    case "flap":
      return { type: fault.type, target: toTarget(fault.target, world), periodMs: durationMs(fault.period) };
    case "cold-recovery": {
      const { type, factor, warm } = fault;
      return { type, target: toTarget(fault.target, world), factor, warmMs: durationMs(warm) };
    }
    case "outage":
      return { ...fault, target: toTarget(fault.target, world, "cloud") };
    default:
      return { ...fault, target: toTarget(fault.target, world) };
  }
}

type WrittenTarget = Extract<WrittenFault, { target: unknown }>["target"];

function toTarget(written: WrittenTarget, { places }: World, first: "endpoint" | "cloud" = "endpoint"): Target {
  if (typeof written !== "string") {
    if ("endpoint" in written) return { type: "endpoint", id: written.endpoint };
    const { cloud, region } = written;
    return region === undefined ? { type: "cloud", cloud } : { type: "region", cloud, region };
  }
  const read = readTarget(written, places, first);
  if (!read.ok) throw new Error(`target ${written} was accepted and is not known`);
  return read.value;
}
