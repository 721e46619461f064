/**
 * How long a session lasts. A token is written anew once a twentieth of the idle timeout has passed since it was written,
 * not on every answer, and so much longer an idle session is kept: it ends never sooner than it should, and at most a
 * twentieth later.
 *
 * Source: Gateway API, GEP-1619 (absoluteTimeout, idleTimeout).
 */
import type { SessionPersistence } from "../mesh.ts";
import type { SessionClaims } from "./token.ts";

const RENEWALS_PER_IDLE_TIME = 20;

type Timeouts = Pick<SessionPersistence, "absoluteTimeoutMs" | "idleTimeoutMs">;
type Times = Pick<SessionClaims, "beganAtMs" | "seenAtMs">;

/** Whether the session has ended. A clock that is behind the one that wrote the times ends nothing. */
export function hasEnded({ absoluteTimeoutMs, idleTimeoutMs }: Timeouts, times: Times, nowMs: number): boolean {
  if (absoluteTimeoutMs > 0 && nowMs - times.beganAtMs >= absoluteTimeoutMs) return true;
  return idleTimeoutMs > 0 && nowMs - times.seenAtMs >= idleTimeoutMs + renewalMs(idleTimeoutMs);
}

/** Whether the caller is to get a new token for a session that goes on. */
export function isRenewalDue({ idleTimeoutMs }: Timeouts, { seenAtMs }: Times, nowMs: number): boolean {
  return idleTimeoutMs > 0 && nowMs - seenAtMs >= renewalMs(idleTimeoutMs);
}

function renewalMs(idleTimeoutMs: number): number {
  return idleTimeoutMs / RENEWALS_PER_IDLE_TIME;
}
