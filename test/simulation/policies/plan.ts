/** Which runs a comparison consists of. */
import { POLICIES } from "../../../src/core/balance/registry.ts";
import { CONTENDERS } from "../../../src/simulate/contenders.ts";
import { SCENARIOS } from "./days.ts";
import { type FleetName, SHAPES } from "./fleet.ts";
import type { Run } from "./run.ts";

export const SUBJECT = "adaptive";
export const POLICY_NAMES: readonly string[] = Object.keys(POLICIES);
export const MODEL_NAMES: readonly string[] = CONTENDERS.map(({ name }) => name);
export const UTILISATIONS: readonly number[] = [70, 85, 95];

/** Beside it and the models, on large origins: of the others those that did best on small ones. */
const ON_LARGE: readonly string[] = ["least-request", "peak-ewma", "load"];
/** Policies that a quick look leaves out take most of the time and seldom win. */
const QUICK: readonly string[] = [...ON_LARGE, "round-robin"];

const SEEDS: readonly number[] = [1, 2, 3];
const FAULT_MS = 40_000;
const QUICK_FAULT_MS = 20_000;

export interface PlanOptions {
  /** One seed, small origins, few policies, faults of half the length. */
  readonly isQuick: boolean;
  /** Names of fleets, scenarios, policies and models, and utilisations; of a kind that none is named of, all. */
  readonly only: readonly string[];
  /** Played with every one of these, in place of the usual seeds; empty: the usual ones. */
  readonly seeds: readonly number[];
}

export type Planned =
  | { readonly ok: true; readonly runs: readonly Run[] }
  | { readonly ok: false; readonly message: string };

/**
 * The runs, the models and the subject with every seed and the other policies with the first: what differs between two
 * policies is compared on the seeds that both have. Refuses words that name nothing.
 */
export function planRuns({ isQuick, only, seeds }: PlanOptions): Planned {
  const kinds = {
    fleet: Object.keys(SHAPES),
    scenario: Object.keys(SCENARIOS),
    utilisation: UTILISATIONS.map(String),
    policy: [...POLICY_NAMES, ...MODEL_NAMES],
  };
  const known = Object.values(kinds).flat();
  const unknown = only.find((word) => !known.includes(word));
  if (unknown !== undefined) return { ok: false, message: `"${unknown}" is none of ${known.join(", ")}` };
  const kept = (names: readonly string[]) => {
    const named = names.filter((name) => only.includes(name));
    return named.length > 0 ? named : names;
  };
  const runs: Run[] = [];
  for (const fleet of kept(isQuick ? ["small"] : kinds.fleet) as FleetName[]) {
    for (const scenario of kept(kinds.scenario)) {
      for (const utilisation of kept(kinds.utilisation)) {
        for (const policy of kept(kinds.policy)) {
          const isNamed = only.includes(policy);
          if (!isNamed && !takesPart(policy, fleet, isQuick)) continue;
          for (const seed of seeds.length > 0 ? seeds : seedsOf(policy, fleet, isQuick)) {
            const forMs = isQuick ? QUICK_FAULT_MS : FAULT_MS;
            runs.push({ fleet, scenario, utilisationPercent: Number(utilisation), policy, seed, forMs });
          }
        }
      }
    }
  }
  return { ok: true, runs };
}

function takesPart(policy: string, fleet: FleetName, isQuick: boolean): boolean {
  if (policy === SUBJECT || MODEL_NAMES.includes(policy)) return true;
  if (isQuick) return QUICK.includes(policy);
  return fleet === "small" || ON_LARGE.includes(policy);
}

function seedsOf(policy: string, fleet: FleetName, isQuick: boolean): readonly number[] {
  const isRepeated = policy === SUBJECT || MODEL_NAMES.includes(policy);
  return isRepeated && fleet === "small" && !isQuick ? SEEDS : SEEDS.slice(0, 1);
}
