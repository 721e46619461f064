/**
 * Requests of a rule whose backend is a rollout: to one of its two sides. An isolate that has heard of no weight yet waits for
 * a first snapshot as long as any cold isolate does; without one all goes to the stable side.
 */
import type { BackendRef, RolloutRef } from "../core/mesh.ts";
import type { RolloutWeight, Side } from "../core/rollout/side.ts";
import { sideOf } from "../core/rollout/side.ts";
import type { Arrived } from "./arrived.ts";
import type { ServiceRuntime } from "./isolate.ts";
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
  const backend = side === "canary" ? rollout.canary : stable;
  return { backend, shown: `${weight.plan.name};side=${side};percent=${weight.percent};revision=${weight.revision}` };
}
