/** Everything that `status` and `top` show of a mesh, in one look. */
import { z } from "zod";
import type { Control } from "./client.ts";
import { discoveryAlarms } from "./discovery.ts";
import { overrides as overridesOf } from "./overrides.ts";
import { type ServiceState, services as servicesOf } from "./services.ts";
import { type Override, type Version, versionShape } from "./shapes.ts";

const refusalShape = z.looseObject({
  digest: z.string(),
  versions: z.array(z.number()).optional(),
  isolates: z.number(),
  reasons: z.array(z.looseObject({ reason: z.string(), isolates: z.number() })).optional(),
});
export type Refusal = z.infer<typeof refusalShape>;

export interface Overview {
  /** Of the config in force; null: the bundled one is. */
  readonly version: Version | null;
  readonly services: readonly ServiceState[];
  readonly overrides: readonly Override[];
  /** Versions that isolates could not run. */
  readonly refusals: readonly Refusal[];
  /** Of discovery: services at their floor, sources that fail. */
  readonly alarms: readonly string[];
}

const configShape = z.looseObject({ version: versionShape.nullable(), refusals: z.array(refusalShape).optional() });

export async function overview(control: Control): Promise<Overview> {
  const [config, services, overrides, alarms] = await Promise.all([
    control.get("/v1/config", configShape),
    servicesOf(control),
    overridesOf(control, null),
    discoveryAlarms(control),
  ]);
  return { version: config.version, services, overrides, refusals: config.refusals ?? [], alarms };
}
