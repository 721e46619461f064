/**
 * Requests of a rule whose backend is a rollout: to one of its two sides. An isolate that has heard of no weight yet waits for
 * a first snapshot as long as any cold isolate does; without one all goes to the stable side.
 */
import type { BackendRef, RolloutRef } from "../core/mesh.ts";
import type { RolloutWeight, Side } from "../core/rollout/side.ts";
import { forcedSide, sideOf } from "../core/rollout/side.ts";
import type { Arrived } from "./arrived.ts";
import type { ServiceRuntime } from "./service-runtime.ts";
import { warmUp } from "./sync.ts";
import { clientIpOf } from "./trust.ts";

/** A backend, and the way that led to it for those who may see it. */
export interface ChosenSide {
  readonly backend: BackendRef;
  /** As x-heddle-rollout says it. */
  readonly shown: string;
}

/** Chooses a side; at once unless the isolate is cold. Never rejects. */
export function chooseSide(
  arrived: Arrived,
  stable: BackendRef,
  rollout: RolloutRef,
): ChosenSide | Promise<ChosenSide> {
  const { isolate, open, ctx } = arrived;
  const weight = open.rollouts[rollout.index]!;
  const cold = weight.revision > 0 ? [] : [stable, rollout.canary].flatMap((ref) => coldService(open.services, ref));
  if (cold.length === 0) return chosen(arrived, stable, rollout, weight);
  const warming = Promise.all(cold.map((service) => warmUp(isolate, service, ctx)));
  return warming.then(() => chosen(arrived, stable, rollout, weight));
}

function coldService(services: readonly ServiceRuntime[], { service }: BackendRef): ServiceRuntime[] {
  const runtime = services[service]!;
  return runtime.warm ? [] : [runtime];
}

function chosen(arrived: Arrived, stable: BackendRef, rollout: RolloutRef, weight: RolloutWeight): ChosenSide {
  const { request, address, isolate, matched } = arrived;
  const { query, path } = address;
  const source = {
    header: (name: string) => request.headers.get(name),
    query,
    path,
    clientIp: clientIpOf(request, isolate.dev),
  };
  const side: Side = sideOf(weight, { splitOn: matched.rule.splitOn, source, rng: isolate.rng });
  return { backend: side === "canary" ? rollout.canary : stable, shown: shownSide(weight, side) };
}

/**
 * The sides where a session may stay: neither against what its request asks for, nor at one that gets nothing any more: a
 * canary that may have been found bad, or a stable side whose days are over. Never throws.
 */
export function sidesOfSession({ request, open }: Arrived, stable: BackendRef, rollout: RolloutRef): ChosenSide[] {
  const weight = open.rollouts[rollout.index]!;
  const forced = forcedSide(weight.plan.force, (name) => request.headers.get(name));
  const sides: ChosenSide[] = [];
  if (forced === "stable" || (forced === null && weight.percent < 100)) {
    sides.push({ backend: stable, shown: shownSide(weight, "stable") });
  }
  if (forced === "canary" || (forced === null && weight.percent > 0)) {
    sides.push({ backend: rollout.canary, shown: shownSide(weight, "canary") });
  }
  return sides;
}

function shownSide({ plan, percent, revision }: RolloutWeight, side: Side): string {
  return `${plan.name};side=${side};percent=${percent};revision=${revision}`;
}
