/** An instance that has registered itself: what it said, and what follows as time passes. Functions on values. */
import type { Endpoint } from "../../core/mesh.ts";
import type { Registration } from "../../core/mesh-discovery.ts";
import { challengeRetryMs, type Proof } from "./challenge.ts";
import type { RegistrationRequest } from "./request.ts";

export interface Instance {
  /** Its id is the instance's. */
  readonly endpoint: Endpoint;
  /**
   * New with each registration. An instance that was replaced by another of its name can not deregister that one by
   * mistake.
   */
  readonly lease: string;
  readonly ttlMs: number;
  readonly ready: boolean;
  readonly registeredAtMs: number;
  /** When it was heard last. */
  readonly heartbeatAtMs: number;
  /** Utilisation 0 or more, 1 is full; -1 unknown. */
  readonly load: number;
  readonly loadAtMs: number;
  readonly proof: Proof;
}

/** A load that was told so long ago is unknown. */
export const LOAD_FRESH_MS = 30_000;

/** The instance after a registration; the same address under the same name needs no new proof. */
export function onRegister(
  before: Instance | null,
  request: RegistrationRequest,
  lease: string,
  { ttlMs, minTtlMs, maxTtlMs, challenge }: Registration,
  nowMs: number,
): Instance {
  const { endpoint, ready, load } = request;
  const isSame = before !== null && addressOf(before.endpoint) === addressOf(endpoint);
  const unproven: Proof = { state: "pending", attempts: 0, dueMs: nowMs, error: "" };
  return {
    endpoint,
    lease,
    ttlMs: Math.min(maxTtlMs, Math.max(minTtlMs, request.ttlMs ?? ttlMs)),
    ready,
    registeredAtMs: nowMs,
    heartbeatAtMs: nowMs,
    load,
    loadAtMs: nowMs,
    proof:
      challenge === null
        ? { state: "not_needed" }
        : isSame && before.proof.state === "passed"
          ? before.proof
          : unproven,
  };
}

export interface Heartbeat {
  readonly load?: number;
  readonly ready?: boolean;
}

/** The instance after a heartbeat. */
export function onHeartbeat(instance: Instance, { load, ready }: Heartbeat, nowMs: number): Instance {
  return {
    ...instance,
    heartbeatAtMs: nowMs,
    ready: ready ?? instance.ready,
    ...(load !== undefined && { load, loadAtMs: nowMs }),
  };
}

/** The instance after its URL was challenged: `error` is "" when it gave the right answer. */
export function onChallenged(instance: Instance, error: string, nowMs: number): Instance {
  if (error === "") return { ...instance, proof: { state: "passed", atMs: nowMs } };
  const attempts = instance.proof.state === "pending" ? instance.proof.attempts + 1 : 1;
  const dueMs = nowMs + challengeRetryMs(attempts);
  return { ...instance, proof: { state: "pending", attempts, dueMs, error: error.slice(0, 200) } };
}

/** When it expires, if it is not heard before. */
export function expiresAtMs({ heartbeatAtMs, ttlMs }: Instance): number {
  return heartbeatAtMs + ttlMs;
}

/** Whether it may take traffic, as far as it says itself. */
export function isReady({ ready, proof }: Instance): boolean {
  return ready && proof.state !== "pending";
}

/** What it told of its load; -1 unknown, or too long ago. */
export function loadOf({ load, loadAtMs }: Instance, nowMs: number): number {
  return nowMs - loadAtMs > LOAD_FRESH_MS ? -1 : load;
}

function addressOf({ origin, basePath }: Endpoint): string {
  return origin + basePath;
}
