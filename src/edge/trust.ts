/** Who a request may be from: what callers are allowed beyond being carried. */
import type { Isolate } from "./isolate.ts";
import { DEBUG_HEADER } from "./outbound-headers.ts";
import { isToken } from "./token.ts";

/** Whether the caller sent the debug token, or it is nobody's secret. Never throws. */
export function mayDebug(headers: Headers, isolate: Isolate): boolean {
  return isolate.dev || isToken(headers.get(DEBUG_HEADER), isolate.env.HEDDLE_DEBUG_TOKEN);
}
