/**
 * What every source of endpoints is to the registry of a service: something that says, now and then, which endpoints there
 * are, or that it could not tell. A source that fails keeps its last answer in force, and its state says since when.
 *
 * Some sources are asked (DNS: `Source.look`), some tell by themselves (registered instances, a watched cluster: a
 * `SourceResult` is offered to the registry). Both come down to results.
 */
import { checkEndpointSet, MAX_SET_ENDPOINTS } from "../core/endpoint-set-check.ts";
import type { Endpoint } from "../core/mesh.ts";
import { checkEndpointUrl, type EndpointUrlPolicy } from "../security/endpoint-url.ts";

export interface Found {
  /** Its id is the same for the same endpoint, every time. */
  readonly endpoint: Endpoint;
  /** False: it is there, but takes nothing new. */
  readonly ready: boolean;
}

export type SourceResult =
  | {
      readonly ok: true;
      /** When it was so, epoch. */
      readonly atMs: number;
      /** All there are. None at all is an answer; what follows from it is for the registry to say. */
      readonly found: readonly Found[];
      /** When to look again, epoch; Infinity for sources that tell by themselves. */
      readonly nextMs: number;
    }
  | { readonly ok: false; readonly atMs: number; readonly error: string; readonly nextMs: number };

/** A source that is asked. */
export interface Source {
  readonly name: string;
  readonly kind: string;
  /** Never rejects. `before`: what it said last, for what it wants to remember between looks. */
  readonly look: (nowMs: number, before: SourceState) => Promise<SourceResult>;
}

/** What is kept of a source. */
export interface SourceState {
  readonly name: string;
  readonly kind: string;
  /** Of its last good answer, checked; also while it fails. */
  readonly found: readonly Found[];
  /** When that was so; 0: it never answered. */
  readonly goodAtMs: number;
  /** When it was heard last, whatever it said. */
  readonly atMs: number;
  /** "" when its last word was an answer. */
  readonly error: string;
  /** Failures since the last answer. */
  readonly failures: number;
  readonly nextMs: number;
  /** Endpoints that were left out of the last answer, as their URL or shape is refused, and why the first one was. */
  readonly refused: number;
  readonly refusal: string;
}

/** A source that was not heard yet. */
export function newSource(name: string, kind: string): SourceState {
  return { name, kind, found: [], goodAtMs: 0, atMs: 0, error: "", failures: 0, nextMs: 0, refused: 0, refusal: "" };
}

/** Longest text of a source that is kept, UTF-16 units. */
const MAX_ERROR = 500;

/**
 * Takes in what a source said. A failure changes nothing but what is known of the source. An answer is checked endpoint by
 * endpoint; those that must not be used are left out and counted. Never throws. Linear in the endpoints.
 *
 * - `result`: may come from elsewhere; each of its endpoints is decoded.
 */
export function onResult(state: SourceState, result: SourceResult, policy: EndpointUrlPolicy): SourceState {
  const { atMs, nextMs } = result;
  if (!result.ok) {
    return {
      ...state,
      atMs,
      nextMs,
      error: result.error.slice(0, MAX_ERROR) || "failed",
      failures: state.failures + 1,
    };
  }
  const found: Found[] = [];
  let [refused, refusal] = [0, ""];
  for (const { endpoint, ready } of result.found) {
    const check = found.length < MAX_SET_ENDPOINTS ? checkFound(endpoint, policy) : TOO_MANY;
    if (typeof check !== "string") found.push({ endpoint: check, ready: ready === true });
    else if (refused++ === 0) refusal = `${endpoint?.id}: ${check}`.slice(0, MAX_ERROR);
  }
  return { ...state, found, goodAtMs: atMs, atMs, nextMs, error: "", failures: 0, refused, refusal };
}

const TOO_MANY = `there are more than ${MAX_SET_ENDPOINTS}`;

/** The endpoint, or why it must not be used. Never throws. */
export function checkFound(value: unknown, policy: EndpointUrlPolicy): Endpoint | string {
  const decoded = checkEndpointSet({ revision: 1, endpoints: [value] });
  if (!decoded.ok) return decoded.detail.replace("endpoints[0] ", "");
  const endpoint = decoded.set.endpoints[0]!;
  const check = checkEndpointUrl(endpoint.origin + endpoint.basePath, policy);
  return check.ok ? endpoint : `its URL ${check.fault.message}; ${check.fault.fix}`;
}
