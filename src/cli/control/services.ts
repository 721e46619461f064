/** The admin API's services: a summary of each, and all that is known of one, over its regions. */
import { z } from "zod";
import type { Control } from "./client.ts";
import { overrideShape, pageShape } from "./shapes.ts";

const minuteShape = z.looseObject({
  /** Attempts per second over the last minute. */
  rps: z.number(),
  /** 0..1; null when there were none. */
  successRatio: z.number().nullable(),
  p50Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
});

/** Endpoints: those no operator took out, of them those that are well, and those with a breaker that is not closed. */
const countsShape = z.looseObject({ total: z.number(), left: z.number(), serving: z.number(), open: z.number() });
export type Counts = z.infer<typeof countsShape>;

const problemShape = z.looseObject({ detail: z.string(), endpoints: z.array(z.string()), all: z.boolean() });
export type ServiceProblem = z.infer<typeof problemShape>;

const summary = {
  /** What keeps requests from endpoints that are well. Absent: nobody could be asked, or a control plane of before. */
  problems: z.array(problemShape).optional(),
  service: z.string(),
  meshVersion: z.string(),
  rps: z.number(),
  successRatio: z.number().nullable(),
};

export const summaryShape = z.looseObject({
  ...summary,
  endpoints: countsShape,
  regions: z.array(z.string()),
  overrides: z.number(),
});
export type ServiceSummary = z.infer<typeof summaryShape>;

const inRegionShape = z.looseObject({
  region: z.string(),
  health: z.string(),
  breaker: z.string(),
  openForMs: z.number(),
  /** That a request of this region comes here, 0..1. */
  probability: z.number(),
  latencyMs: z.number(),
  failureRatio: z.number(),
  minute: minuteShape.nullable(),
});

export const endpointShape = z.looseObject({
  id: z.string(),
  address: z.string(),
  locality: z.looseObject({ cloud: z.string(), region: z.string() }),
  priority: z.number(),
  health: z.string(),
  breaker: z.string(),
  /** Ids of those in force. */
  overrides: z.array(z.string()),
  leaving: z.boolean().optional(),
  inFlight: z.number(),
  rps: z.number(),
  regions: z.array(inRegionShape),
});
export type EndpointState = z.infer<typeof endpointShape>;

export const serviceShape = z.looseObject({
  ...summary,
  counts: countsShape,
  endpoints: z.array(endpointShape),
  overrides: z.array(overrideShape),
  regions: z.array(
    z.looseObject({
      region: z.string(),
      reporters: z.number(),
      meshVersion: z.string(),
      alone: z.boolean(),
      minute: minuteShape.nullable(),
    }),
  ),
  /** Regions that gave no answer. */
  missing: z.array(z.string()),
});
export type ServiceState = z.infer<typeof serviceShape>;

export interface Services {
  readonly items: readonly ServiceSummary[];
  /** Services that gave no answer. */
  readonly missing: readonly string[];
  /** What an isolate of the edge says that somebody has to see to. */
  readonly problems: readonly string[];
}

const PAGE = 200;

/** Every service that the token may see. */
export async function services(control: Control): Promise<Services> {
  const texts = z.array(z.string()).optional();
  const shape = pageShape(summaryShape).extend({ missing: texts, problems: texts });
  const items: ServiceSummary[] = [];
  const missing: string[] = [];
  const problems: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await control.get("/v1/services", shape, { query: { limit: PAGE, cursor } });
    items.push(...page.items);
    missing.push(...(page.missing ?? []));
    problems.push(...(page.problems ?? []));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return { items, missing, problems };
}

/** One service. Throws CommandFailure when the mesh has none of that name. */
export function service(control: Control, name: string): Promise<ServiceState> {
  return control.get(`/v1/services/${encodeURIComponent(name)}`, serviceShape);
}
