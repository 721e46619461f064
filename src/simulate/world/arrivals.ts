/**
 * When requests come in, and which: an open-loop Poisson process, with the shape of a day if wanted, or a log of real
 * requests. Open loop: callers do not wait for each other, so a slow mesh gets as many requests as a fast one.
 *
 * A rate that changes is thinned from its maximum (Lewis and Shedler, 1979): candidates are the same in every run of a
 * seed, whatever the policy.
 */
import type { Region } from "../../core/region.ts";
import { chanceAt, STREAM } from "../engine/chance.ts";
import { mostSurge, surgeAt } from "./condition.ts";
import { headOf, type RequestKind } from "./request-kind.ts";
import type { World } from "./world.ts";

/** Relative rates over equal parts of `periodMs`, joined by straight lines, and around again. Only ratios to their mean matter. */
export interface DailyShape {
  readonly periodMs: number;
  readonly rates: readonly number[];
}

/** One line of an access log. */
export interface LoggedRequest {
  /** Since the log's beginning; never before the entry above. */
  readonly atMs: number;
  readonly method: string;
  /** Absolute, or a path with its query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where it came in; drawn by the shares when unknown. */
  readonly region?: Region;
}

export type ArrivalsInput =
  | {
      readonly type: "poisson";
      readonly rps: number;
      readonly shape?: DailyShape;
      readonly kinds: readonly RequestKind[];
    }
  | { readonly type: "log"; readonly entries: Iterable<LoggedRequest> };

/** A request that comes in. Overwritten by the next one. */
export interface Arrival {
  atMs: number;
  number: number;
  kind: RequestKind;
  /** Null: to be drawn. */
  region: Region | null;
}

/** The next arrival, or null when there are no more. */
export type Arrivals = () => Arrival | null;

export function createArrivals(world: World, input: ArrivalsInput): Arrivals {
  return input.type === "log" ? fromLog(world, input.entries) : fromRate(world, input);
}

function fromRate(world: World, input: Extract<ArrivalsInput, { type: "poisson" }>): Arrivals {
  const { seed, queue, startMs, scenario } = world;
  const { rps, shape, kinds } = input;
  const weights = cumulative(kinds);
  const mean = shape === undefined ? 1 : meanOf(shape);
  const mostPerMs = (rps / 1_000) * (shape === undefined ? 1 : peakOf(shape)) * mostSurge(scenario);
  const arrival: Arrival = { atMs: queue.nowMs, number: 0, kind: kinds[0]!, region: null };
  if (mostPerMs <= 0 || kinds.length === 0) return () => null;
  return () => {
    for (;;) {
      arrival.number += 1;
      const { number } = arrival;
      arrival.atMs += -Math.log(chanceAt(seed, STREAM.gap, number)) / mostPerMs;
      const sinceMs = arrival.atMs - startMs;
      const perMs =
        (rps / 1_000) * (shape === undefined ? 1 : rateAt(shape, sinceMs) / mean) * surgeAt(scenario, sinceMs);
      if (perMs < mostPerMs && chanceAt(seed, STREAM.gap, number, 1) * mostPerMs >= perMs) continue;
      arrival.kind = kinds[indexIn(weights, chanceAt(seed, STREAM.kind, number))]!;
      return arrival;
    }
  };
}

/** The log's beginning is the beginning of the warm-up. A surge of 2.5 makes two or three requests of each. */
function fromLog({ queue, seed, startMs, scenario }: World, entries: Iterable<LoggedRequest>): Arrivals {
  const lines = entries[Symbol.iterator]();
  const beginMs = queue.nowMs;
  const arrival: Arrival = { atMs: 0, number: 0, kind: kindOf({ atMs: 0, method: "GET", url: "/" }), region: null };
  let copies = 0;
  return () => {
    while (copies === 0) {
      const line = lines.next();
      if (line.done === true) return null;
      arrival.atMs = beginMs + line.value.atMs;
      arrival.kind = kindOf(line.value);
      arrival.region = line.value.region ?? null;
      const surge = surgeAt(scenario, arrival.atMs - startMs);
      copies = Math.floor(surge + chanceAt(seed, STREAM.gap, arrival.number + 1));
    }
    copies -= 1;
    arrival.number += 1;
    return arrival;
  };
}

function kindOf({ method, url, headers = {} }: LoggedRequest): RequestKind {
  const parts = URL_PARTS.exec(url)?.groups ?? {};
  const authority = parts.authority ?? headers.host ?? "";
  const [host = "", port = "0"] = authority.toLowerCase().split(":");
  const head = headOf({
    method: method.toUpperCase(),
    scheme: (parts.scheme ?? "https").toLowerCase(),
    host,
    port: Number(port),
    path: parts.path || "/",
    query: parts.query ?? "",
    headers,
  });
  return { head, hasIdempotencyKey: "idempotency-key" in headers, weight: 1 };
}

/** A fragment never reaches a server. */
const URL_PARTS = /^(?:(?<scheme>[a-z]+):\/\/(?<authority>[^/?#]+))?(?<path>[^?#]*)(?<query>\?[^#]*)?/i;

function cumulative(kinds: readonly RequestKind[]): Float64Array {
  let sum = 0;
  const sums = Float64Array.from(kinds, ({ weight }) => (sum += weight));
  return sums.map((value) => value / sum);
}

/** The first index whose cumulative share is above `u`. */
function indexIn(sums: Float64Array, u: number): number {
  let index = 0;
  while (index < sums.length - 1 && sums[index]! <= u) index += 1;
  return index;
}

function peakOf(shape: DailyShape): number {
  return Math.max(...shape.rates) / meanOf(shape);
}

function meanOf({ rates }: DailyShape): number {
  return rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
}

function rateAt(shape: DailyShape, sinceMs: number): number {
  const { periodMs, rates } = shape;
  const turns = sinceMs / periodMs;
  const place = (turns - Math.floor(turns)) * rates.length;
  const from = Math.floor(place) % rates.length;
  const here = rates[from]!;
  const next = rates[(from + 1) % rates.length]!;
  return here + (next - here) * (place - Math.floor(place));
}
