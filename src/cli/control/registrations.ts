/** The admin API's registrations: an instance says where it is, and that it is still there. */
import { z } from "zod";
import type { Control } from "./client.ts";

export interface Registration {
  readonly url: string;
  readonly locality?: { readonly cloud: string; readonly region?: string; readonly zone?: string };
  readonly weight?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ttlMs?: number;
  readonly ready?: boolean;
}

export const registrationShape = z.looseObject({
  instance: z.string().optional(),
  url: z.string().optional(),
  state: z.string().optional(),
  ttlMs: z.number().optional(),
  /** How often to say so again; absent: a third of the TTL. */
  heartbeatMs: z.number().optional(),
});
export type Registered = z.infer<typeof registrationShape>;

/** Where an instance of a service is kept. */
export function registrationPath(service: string, instance: string): string {
  return `/v1/services/${encodeURIComponent(service)}/registrations/${encodeURIComponent(instance)}`;
}

export function register(control: Control, path: string, registration: Registration): Promise<Registered> {
  return control.get(path, registrationShape, { method: "PUT", json: registration });
}

/** Says that the instance is there. False: the control plane knows it no more, and it has to register again. */
export async function heartbeat(control: Control, path: string, ready: boolean): Promise<boolean> {
  const answer = await control.call(`${path}/heartbeat`, { method: "POST", json: { ready }, expect: [404, 410] });
  return answer.status < 400;
}

export async function deregister(control: Control, path: string): Promise<void> {
  await control.call(path, { method: "DELETE", expect: [404] });
}
