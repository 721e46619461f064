/** The admin API's services and endpoints: what is known of them now, over all regions. */
import { z } from "zod";
import type { Control } from "./client.ts";
import { listOf } from "./pages.ts";
import { overrideShape } from "./shapes.ts";

const rates = {
  /** Attempts per second over the last minute. */
  rps: z.number().nullish(),
  /** 0..1; null when there were none. */
  successRatio: z.number().nullish(),
  p50Ms: z.number().nullish(),
  p99Ms: z.number().nullish(),
};

export const endpointShape = z.looseObject({
  id: z.string(),
  address: z.string().optional(),
  locality: z.looseObject({ cloud: z.string().optional(), region: z.string().optional() }).nullish(),
  health: z.string(),
  breaker: z.string(),
  openForMs: z.number().nullish(),
  /** Share of the service's traffic that goes there, 0..1. */
  probability: z.number().nullish(),
  latencyMs: z.number().nullish(),
  failureRatio: z.number().nullish(),
  ...rates,
  overrides: z.array(overrideShape).optional(),
});
export type EndpointState = z.infer<typeof endpointShape>;

export const serviceShape = z.looseObject({
  name: z.string(),
  endpoints: z.array(endpointShape),
  regions: z.array(z.string()).optional(),
  reporters: z.number().nullish(),
  meshVersion: z.string().nullish(),
  ...rates,
  /** What somebody should look at. */
  alarms: z.array(z.string()).optional(),
});
export type ServiceState = z.infer<typeof serviceShape>;

/** Every service with its endpoints. */
export async function services(control: Control): Promise<readonly ServiceState[]> {
  const { items } = await listOf(control, "/v1/services", serviceShape);
  return items;
}

/** One service. Throws CommandFailure when the mesh has none of that name. */
export function service(control: Control, name: string): Promise<ServiceState> {
  return control.get(`/v1/services/${encodeURIComponent(name)}`, serviceShape);
}
