/**
 * The built-in game days: a word for each fault, `WORD`, `WORD=TARGET` or `WORD=TARGET:AMOUNT`, with a target and an
 * amount for those who name none. Words joined by `+` happen at once.
 */
import { nearest } from "../../config/nearest.ts";
import { isRegion, REGIONS, type Region } from "../../core/region.ts";
import type { Fault, Scenario, ScheduledFault, Target } from "../../simulate/scenario.ts";
import { factor, percent, positiveDuration } from "./amounts.ts";
import { firstPlace, type Place, type Reading, readTarget } from "./targets.ts";

export interface ScenarioWord {
  readonly name: string;
  /** How it is written, for help. */
  readonly form: string;
  readonly does: string;
  /** The part after `=`, "" when there is none. */
  readonly read: (value: string, world: World) => Reading<readonly ScheduledFault[]>;
}

/** What a word is read against. */
export interface World {
  readonly places: readonly Place[];
  /** Edge regions with traffic. */
  readonly regions: readonly Region[];
  readonly atMs: number;
  readonly forMs: number;
}

/** Warms up about as long as a JVM with an empty cache. */
const COLD = { factor: 5, warmMs: 20_000 };
/** The share of a scenario that starts a retry storm; the storm has the rest to die down, or not. */
const TRIGGER_SHARE = 1 / 3;

/** Every word, in the order help lists them. */
export const SCENARIO_WORDS: readonly ScenarioWord[] = [
  { name: "none", form: "none", does: "nothing goes wrong", read: (value) => (value === "" ? faults() : unexpected()) },
  onEndpoint("down", "refuses connections", "", null, (target) => ({ type: "down", target })),
  onEndpoint("black-hole", "swallows packets: nothing answers", "", null, (target) => ({ type: "black-hole", target })),
  onEndpoint("gray", "answers so many of its requests with 500", "20%", percent, (target, errorPercent) => ({
    type: "gray",
    target,
    errorPercent,
  })),
  onEndpoint("slow", "takes so many times longer", "10", factor, (target, times) => ({
    type: "slow",
    target,
    factor: times,
  })),
  onEndpoint("fast-fail", "answers 500 to everything, at once", "", null, (target) => ({ type: "fast-fail", target })),
  {
    name: "cloud-outage",
    form: "cloud-outage[=CLOUD]",
    does: "every endpoint of a cloud swallows packets",
    read: (value, world) => outage("cloud", value, world),
  },
  {
    name: "region-outage",
    form: "region-outage[=CLOUD/REGION]",
    does: "every endpoint of a cloud's region does",
    read: (value, world) => outage("region", value, world),
  },
  onEndpoint("flapping", "down and up by turns, each for so long", "3s", positiveDuration, (target, periodMs) => ({
    type: "flap",
    target,
    periodMs,
  })),
  onEndpoint("antagonist", "somebody else uses so much of its servers", "50%", percent, (target, share) => ({
    type: "antagonist",
    target,
    percent: share,
  })),
  onEndpoint("capacity-cut", "only so many of its servers are left", "50%", percent, (target, share) => ({
    type: "capacity-cut",
    target,
    percent: share,
  })),
  onEndpoint(
    "recovery",
    "is down, and comes back with cold caches, so many times slower",
    "5",
    factor,
    (target, times) => ({
      type: "cold-recovery",
      target,
      factor: times,
      warmMs: COLD.warmMs,
    }),
  ),
  {
    name: "retry-storm",
    form: "retry-storm[=3]",
    does: "half of all servers are gone for a third of the time, and callers retry by themselves",
    read: (value, { atMs, forMs }) => {
      const retries = /^[0-9]+$/.test(value || "3") ? Number(value || "3") : 0;
      if (retries < 1 || retries > 100) return refused("expected a number of retries from 1 to 100");
      const cut: Fault = { type: "capacity-cut", target: { type: "all" }, percent: 50 };
      return faults(
        { fault: { type: "retry-storm", retries }, atMs, forMs },
        { fault: cut, atMs, forMs: Math.max(1, Math.round(forMs * TRIGGER_SHARE)) },
      );
    },
  },
  {
    name: "path-loss",
    form: "path-loss[=ID:REGION]",
    does: "one edge region cannot reach it, all others can (default: enam)",
    read: (value, world) => {
      const [name, from = "enam"] = splitAmount(value);
      if (!hasTraffic(from, world)) return noRegion(from, world);
      return at(world, endpointTarget(name, world), (target) => ({ type: "path-loss", target, from }));
    },
  },
  {
    name: "partition",
    form: "partition[=REGION]",
    does: "the state plane is out of reach, from everywhere or from one region",
    read: (value, world) => {
      const { atMs, forMs } = world;
      const from = value === "" ? "all" : value;
      if (from !== "all" && !hasTraffic(from, world)) return noRegion(from, world);
      return faults({ fault: { type: "partition", from }, atMs, forMs });
    },
  },
  {
    name: "surge",
    form: "surge[=3]",
    does: "traffic times so much",
    read: (value, { atMs, forMs }) => {
      const times = factor(value === "" ? "3" : value);
      if (times === null) return refused("expected a factor above 0, such as 3");
      return faults({ fault: { type: "surge", factor: times }, atMs, forMs });
    },
  },
  onEndpoint("bad-config", "a config that points it at nobody is pushed", "", null, (target) => ({
    type: "bad-config",
    target,
  })),
];

/**
 * Reads a scenario as it is typed: `gray=aws:20%`, `surge=2+down=gcp`. Its name is that text.
 *
 * Never throws; what does not fit is refused with what was expected.
 */
export function readScenario(text: string, world: World): Reading<Scenario> {
  const all: ScheduledFault[] = [];
  for (const part of text.split("+")) {
    const equals = part.indexOf("=");
    const name = equals < 0 ? part : part.slice(0, equals);
    const word = SCENARIO_WORDS.find((candidate) => candidate.name === name);
    if (word === undefined) {
      const names = SCENARIO_WORDS.map((candidate) => candidate.name);
      const suggestion = nearest(name, names);
      const message = `there is no scenario "${name}"`;
      return suggestion === undefined
        ? { ok: false, message: `${message}; there are ${names.join(", ")}, and all` }
        : { ok: false, message, suggestion };
    }
    const read = word.read(equals < 0 ? "" : part.slice(equals + 1), world);
    if (!read.ok) return { ...read, message: `${word.form}: ${read.message}` };
    all.push(...read.value);
  }
  return { ok: true, value: { name: text, faults: all } };
}

/** The whole catalogue with its default targets, without what this mesh has no target for. */
export function wholeCatalogue(world: World): Scenario[] {
  return SCENARIO_WORDS.flatMap(({ name }) => {
    const read = readScenario(name, world);
    return read.ok ? [read.value] : [];
  });
}

function onEndpoint(
  name: string,
  does: string,
  usual: string,
  readAmount: ((text: string) => number | null) | null,
  make: (target: Target, amount: number) => Fault,
): ScenarioWord {
  return {
    name,
    form: `${name}[=ID${usual === "" ? "" : `:${usual}`}]`,
    does,
    read: (value, world) => {
      const [id, amountText] = readAmount === null ? [value, undefined] : splitAmount(value);
      const amount = readAmount === null ? 0 : readAmount(amountText ?? usual);
      if (amount === null) return refused(`"${amountText}" is not an amount such as ${usual}`);
      return at(world, endpointTarget(id, world), (target) => make(target, amount));
    },
  };
}

function outage(type: "cloud" | "region", value: string, world: World): Reading<readonly ScheduledFault[]> {
  const place = firstPlace(world.places);
  const usual = type === "cloud" ? place?.cloud : place?.region && `${place.cloud}/${place.region}`;
  const name = value === "" ? usual : value;
  if (name === undefined || name === "") {
    return refused(
      `no endpoint says its locality.${type}: say it in the config, or use ${type === "cloud" ? "black-hole" : "cloud-outage"}`,
    );
  }
  const target = readTarget(name, world.places, "cloud");
  if (target.ok && target.value.type !== type) {
    return refused(`"${name}" is not a ${type === "cloud" ? "cloud" : "region, written CLOUD/REGION"}`);
  }
  return at(world, target, (value) => ({ type: "outage", target: value }));
}

function endpointTarget(name: string, { places }: World): Reading<Target> {
  if (name !== "") return readTarget(name, places);
  const place = firstPlace(places);
  return place === undefined
    ? refused("the config has no endpoints")
    : { ok: true, value: { type: "endpoint", id: place.id } };
}

function at(
  { atMs, forMs }: World,
  target: Reading<Target>,
  make: (target: Target) => Fault,
): Reading<readonly ScheduledFault[]> {
  return target.ok ? faults({ fault: make(target.value), atMs, forMs }) : target;
}

/** `ID:AMOUNT`; ids hold no colon. */
function splitAmount(value: string): readonly [name: string, amount?: string] {
  const colon = value.indexOf(":");
  return colon < 0 ? [value] : [value.slice(0, colon), value.slice(colon + 1)];
}

function hasTraffic(name: string, { regions }: World): name is Region {
  return isRegion(name) && regions.includes(name);
}

function noRegion(name: string, { regions }: World): Reading<never> {
  if (isRegion(name)) return refused(`no traffic comes in at ${name}; it does at ${regions.join(", ")}`);
  const suggestion = nearest(name, REGIONS);
  const message = `there is no edge region "${name}"`;
  return suggestion === undefined
    ? refused(`${message}; there are ${regions.join(", ")}`)
    : { ok: false, message, suggestion };
}

function faults(...value: readonly ScheduledFault[]): Reading<readonly ScheduledFault[]> {
  return { ok: true, value };
}

function refused(message: string): Reading<never> {
  return { ok: false, message };
}

function unexpected(): Reading<never> {
  return refused("takes no value");
}
