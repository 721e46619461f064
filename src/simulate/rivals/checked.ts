/** Up or down by active checks alone: so many answers of one kind in a row change it. */
import type { Region } from "../../core/region.ts";
import type { BalancerInput } from "./rival.ts";

export interface CheckSettings {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Failures in a row that take it out, successes in a row that bring it back. */
  readonly fall: number;
  readonly rise: number;
}

/** Mutable; by endpoint index. */
export interface Checked {
  readonly isUp: boolean[];
}

/** Checks every endpoint of a service from one region, from now on, each at a time of its own. */
export function startChecks(input: BalancerInput, settings: CheckSettings, from: Region): Checked {
  const { world, service, serviceIndex, open, rng, isInForce } = input;
  const isUp = service.endpoints.map(() => true);
  const inARow = service.endpoints.map(() => 0);
  const note = (endpoint: number, ok: boolean) => {
    if (ok === isUp[endpoint]) {
      inARow[endpoint] = 0;
      return;
    }
    inARow[endpoint]! += 1;
    if (inARow[endpoint]! < (ok ? settings.rise : settings.fall)) return;
    isUp[endpoint] = ok;
    inARow[endpoint] = 0;
    const to = ok ? ("healthy" as const) : ("unhealthy" as const);
    const { id } = service.endpoints[endpoint]!;
    world.onTransition({ atMs: world.nowMs(), endpoint: id, scope: from, to, cause: "active check" });
  };
  const check = (endpoint: number) => {
    if (!isInForce()) return;
    const { timeoutMs, intervalMs } = settings;
    const probe = { open, from, service: serviceIndex, endpoint, type: "http" as const, timeoutMs };
    world.probe(probe, (ok) => note(endpoint, ok));
    world.after(intervalMs, check, endpoint);
  };
  for (const endpoint of service.endpoints.keys()) world.after(rng() * settings.intervalMs, check, endpoint);
  return { isUp };
}
