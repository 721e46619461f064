/** Whether the rollouts of a mesh, and the references to them, can be followed. The compiler made sure of the rest. */
import type { BackendRef, Mesh, RolloutPlan, RolloutRef, RolloutStep } from "../../src/core/mesh.ts";

type Loose<T> = { readonly [K in keyof T]?: unknown };

/** True for what is not a list of rollouts between services of the mesh; absent is none. Never throws. */
export function isBrokenRollouts(value: unknown, services: readonly unknown[]): boolean {
  if (value === undefined) return false;
  return !Array.isArray(value) || value.some((plan) => isBrokenPlan(plan, services));
}

function isBrokenPlan(value: unknown, services: readonly unknown[]): boolean {
  const { name, stable, canary, steps, analysis, force } = (value ?? {}) as Loose<RolloutPlan>;
  if (typeof name !== "string" || !isIndexOf(services, stable) || !isIndexOf(services, canary)) return true;
  if (!Array.isArray(steps) || steps.length === 0 || steps.some(isBrokenStep)) return true;
  if (typeof analysis !== "object" || analysis === null || !Object.values(analysis).every(isLimit)) return true;
  return typeof force !== "object" || force === null;
}

/** Null is a limit that is not set. */
function isLimit(value: unknown): boolean {
  return value === null || Number.isFinite(value);
}

function isBrokenStep(value: unknown): boolean {
  const { percent, bakeMs } = (value ?? {}) as Loose<RolloutStep>;
  const isShare = typeof percent === "number" && percent >= 0 && percent <= 100;
  return !isShare || typeof bakeMs !== "number" || !(bakeMs >= 0);
}

/** True for a backend's reference to a rollout that leads nowhere. Never throws. */
export function isBrokenRolloutRef(value: unknown, { rollouts, services, policies }: Mesh): boolean {
  const { index, canary } = (value ?? {}) as Loose<RolloutRef>;
  const side = (canary ?? {}) as Loose<BackendRef>;
  const isThere = isIndexOf(services, side.service) && isIndexOf(policies, side.policy);
  return !isThere || rollouts === undefined || !isIndexOf(rollouts, index);
}

function isIndexOf(list: readonly unknown[], value: unknown): boolean {
  return Number.isInteger(value) && list[value as number] !== undefined;
}
