/** When a forecast reaches what the endpoints can deliver. */
import type { Forecast } from "./forecast.ts";

/** Of one endpoint, as its monitor knows it. */
export interface EndpointCapacity {
  /** It takes traffic. */
  readonly isServing: boolean;
  /** Requests per second that it can deliver; Infinity while it was never seen at its limit. */
  readonly knownRps: number;
}

export interface Capacity {
  /** What the serving endpoints deliver together; null while one of them was never seen at its limit. */
  readonly rps: number | null;
  /** Of those whose limit is known. */
  readonly knownRps: number;
  readonly endpoints: number;
  /** Serving ones whose limit is not known. */
  readonly unknown: number;
}

/** What is known of the capacity. No serving endpoint: 0. */
export function capacityOf(endpoints: readonly EndpointCapacity[]): Capacity {
  const serving = endpoints.filter(({ isServing }) => isServing);
  const limited = serving.filter(({ knownRps }) => knownRps < Number.POSITIVE_INFINITY);
  const knownRps = limited.reduce((sum, one) => sum + one.knownRps, 0);
  const unknown = serving.length - limited.length;
  return { rps: unknown === 0 ? knownRps : null, knownRps, endpoints: serving.length, unknown };
}

export interface TimeToCapacity {
  /** Steps until the load is expected to reach it, and until it may with one chance in ten; null: not within the forecast. */
  readonly expected: number | null;
  readonly earliest: number | null;
}

/** The first steps ahead, from 1, at which a capacity is reached. */
export function timeToCapacity({ values, upper80 }: Forecast, capacityRps: number): TimeToCapacity {
  const first = (column: readonly number[]) => {
    const at = column.findIndex((rps) => rps >= capacityRps);
    return at < 0 ? null : at + 1;
  };
  return { expected: first(values), earliest: first(upper80) };
}
