/** What a state plane costs, from the platform's prices beyond what is included. Pure. */

/** USD. Source: Durable Objects pricing, October 2026. */
const PER_MILLION_REQUESTS = 0.15;
const PER_MILLION_ROWS_WRITTEN = 1;
const PER_MILLION_GB_SECONDS = 12.5;
/** What an object is billed for while it is awake, GB. */
const OBJECT_GB = 0.128;

export interface Rates {
  /** Per second, over all objects: calls from isolates, calls between objects, alarms. */
  readonly syncs: number;
  readonly exchanges: number;
  readonly alarms: number;
  /** Rows written a second, setting alarms included. */
  readonly rows: number;
  /** Objects that are awake. */
  readonly objects: number;
}

export interface Cost {
  readonly requests: number;
  readonly rows: number;
  readonly duration: number;
  readonly total: number;
}

/** USD per million edge requests, at so many of them a second. */
export function costPerMillion(rates: Rates, edgeRps: number): Cost {
  const perMillion = (perSecond: number, price: number) => (perSecond * price) / edgeRps;
  const requests = perMillion(rates.syncs + rates.exchanges + rates.alarms, PER_MILLION_REQUESTS);
  const rows = perMillion(rates.rows, PER_MILLION_ROWS_WRITTEN);
  const duration = perMillion(rates.objects * OBJECT_GB, PER_MILLION_GB_SECONDS);
  return { requests, rows, duration, total: requests + rows + duration };
}
