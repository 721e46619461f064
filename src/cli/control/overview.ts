/** What `status` and `top` show of a mesh, in one look. */
import { CommandFailure } from "../failure.ts";
import type { Control } from "./client.ts";
import { discoveryAlarms } from "./discovery.ts";
import { overrides as overridesOf } from "./overrides.ts";
import { type ServiceSummary, services as servicesOf } from "./services.ts";
import type { Override, Version } from "./shapes.ts";
import { head } from "./versions.ts";

export interface Overview {
  /** Of the config in force; null: the bundled one is. Undefined: the token is limited to services and does not see it. */
  readonly version: Version | null | undefined;
  readonly services: readonly ServiceSummary[];
  /** Services that gave no answer. */
  readonly missing: readonly string[];
  readonly overrides: readonly Override[];
  /** What an isolate of the edge says that somebody has to see to: secrets that are not there, for one. */
  readonly problems: readonly string[];
  /** Of discovery: services at their floor, sources that fail. */
  readonly alarms: readonly string[];
}

export async function overview(control: Control): Promise<Overview> {
  const [version, services, overrides, alarms] = await Promise.all([
    unlessForbidden(head(control)),
    servicesOf(control),
    overridesOf(control, null),
    unlessForbidden(discoveryAlarms(control)),
  ]);
  return {
    version,
    services: services.items,
    missing: services.missing,
    problems: services.problems,
    overrides,
    alarms: alarms ?? [],
  };
}

/** What was asked for, or undefined for a token that may not see it. */
export async function unlessForbidden<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof CommandFailure && error.code === "forbidden") return undefined;
    throw error;
  }
}
