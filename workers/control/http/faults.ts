import type { z } from "@hono/zod-openapi";
import { type Fault, formatPath } from "../../../src/config/fault.ts";

/** More would be of no use to anyone. */
const MAX_FAULTS = 100;

/** What a schema has against a value, as faults. What was sent is not repeated. */
export function faultsOf(error: Pick<z.ZodError, "issues">): readonly Fault[] {
  return error.issues.slice(0, MAX_FAULTS).map(({ path, message }) => ({
    path: formatPath(path.map((step) => (typeof step === "symbol" ? String(step) : step)).slice(0, 32)).slice(0, 256),
    message: message.slice(0, 512),
  }));
}
