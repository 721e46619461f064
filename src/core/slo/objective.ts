/** What a service promises, as compiled: part of the mesh (mesh.ts). */

export interface SloPlan {
  /** Unique within the service. */
  readonly name: string;
  /** Requests of this route only; null: all of the service. */
  readonly route: string | null;
  /** The budget is that of so long, and moves along with time. */
  readonly windowMs: number;
  /** Share of requests that do not fail, 0..1; null: not promised. */
  readonly availability: number | null;
  /** Share of good answers that take no longer; null: not promised. */
  readonly latency: { readonly thresholdMs: number; readonly ratio: number } | null;
}

/** One promise with a budget of its own: a plan has one or two. */
export interface Objective {
  readonly name: string;
  readonly kind: "availability" | "latency";
  readonly route: string | null;
  /** Share of events that are good, 0..1, below 1. */
  readonly target: number;
  /** Null for availability. */
  readonly thresholdMs: number | null;
  readonly windowMs: number;
}

/** The objectives of a plan, availability first. */
export function objectivesOf({ name, route, windowMs, availability, latency }: SloPlan): readonly Objective[] {
  const common = { name, route, windowMs };
  return [
    ...(availability === null
      ? []
      : [{ ...common, kind: "availability", target: availability, thresholdMs: null } as const]),
    ...(latency === null
      ? []
      : [{ ...common, kind: "latency", target: latency.ratio, thresholdMs: latency.thresholdMs } as const]),
  ];
}
