/** Stations on a clock of their own. */
import type { Distribution } from "../../../../src/simulate/engine/distributions.ts";
import { samplerOf } from "../../../../src/simulate/engine/distributions.ts";
import { createEventQueue, type EventQueue } from "../../../../src/simulate/engine/event-queue.ts";
import { createOnServed } from "../../../../src/simulate/world/serving.ts";
import { createStation, type Job, type Station } from "../../../../src/simulate/world/station.ts";

export interface Bench {
  readonly queue: EventQueue;
  readonly station: Station;
}

export function benchOf(given: {
  readonly servers: number;
  readonly meanServiceMs: number;
  readonly queueLimit?: number;
  readonly distribution?: Distribution;
}): Bench {
  const queue = createEventQueue(0);
  const { servers, meanServiceMs, queueLimit = 1_000_000, distribution = { type: "exponential" } } = given;
  const station = createStation(
    {
      index: 0,
      id: "a",
      service: "shop",
      cloud: "aws",
      region: "us-east-1",
      meanServiceMs,
      sampler: samplerOf(distribution),
      servers,
      queueLimit,
      rttMs: new Float64Array([0]),
      onServed: createOnServed(queue),
    },
    0,
  );
  return { queue, station };
}

export function jobOf(demand: number, onDone: Job["onDone"]): Job {
  return { demand, place: 0, ticket: 0, station: null, onDone };
}
