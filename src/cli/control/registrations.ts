/** The admin API's registrations: an instance says where it is, and that it is still there. */
import { z } from "zod";
import { CommandFailure } from "../failure.ts";
import type { Control } from "./client.ts";
import { failureOf, readProblem } from "./problem.ts";

export interface Registration {
  readonly url: string;
  readonly locality?: { readonly cloud: string; readonly region?: string; readonly zone?: string };
  readonly weight?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ttlMs?: number;
  readonly ready?: boolean;
}

const registeredShape = z.looseObject({
  instance: z.string(),
  url: z.string(),
  state: z.string(),
  ttlMs: z.number(),
  /** How often to say so again. */
  heartbeatMs: z.number(),
  /** Proves to be the one that registered: whoever registers the name later has another. */
  lease: z.string(),
});
export type Registered = z.infer<typeof registeredShape>;

/** Where an instance of a service is kept. */
export function registrationPath(service: string, instance: string): string {
  return `/v1/services/${encodeURIComponent(service)}/registrations/${encodeURIComponent(instance)}`;
}

export function register(control: Control, path: string, registration: Registration): Promise<Registered> {
  return control.get(path, registeredShape, { method: "PUT", json: registration });
}

/**
 * Says that the instance is there. False: the control plane knows it no more, and it has to register again.
 *
 * Throws CommandFailure when another process has registered the name: two that heartbeat for one would never agree.
 */
export async function heartbeat(
  control: Control,
  path: string,
  said: { readonly ready: boolean; readonly lease: string },
): Promise<boolean> {
  const { status, body } = await control.call(`${path}/heartbeat`, { method: "POST", json: said, expect: [404, 409] });
  if (status < 400) return true;
  const problem = readProblem(body);
  if (status === 404 && problem.error === "unknown_instance") return false;
  if (problem.error !== "superseded") throw failureOf(status, problem, control.access.control, true);
  throw new CommandFailure(
    "superseded",
    "another process has registered this name since",
    "give each instance a name of its own with --instance",
  );
}

/** Takes an instance out. `lease`: only while it is still this one's; null: whoever has the name. */
export async function deregister(control: Control, path: string, lease: string | null): Promise<void> {
  const expect = lease === null ? [] : [404, 409];
  await control.call(path, { method: "DELETE", query: { lease: lease ?? undefined }, expect });
}
