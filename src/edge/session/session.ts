/**
 * A request's session: which endpoint its token names, and the token that its answer carries away. A token that is
 * forged, malformed, too long, of another key or past its time is no token; the caller gets a new one.
 */
import { cookieValue } from "../../core/balance/hash-key.ts";
import type { BackendRef, SessionPersistence } from "../../core/mesh.ts";
import { mayHoldSession, NO_ENDPOINT } from "../../core/service-state.ts";
import { sessionCookie } from "../../core/session/cookie.ts";
import { hasEnded, isRenewalDue } from "../../core/session/lifetime.ts";
import { claimsText, type ReadToken, readToken, type SessionClaims } from "../../core/session/token.ts";
import type { Arrived } from "../arrived.ts";
import { copyOf } from "../copy-response.ts";
import { type ChosenSide, sidesOfSession } from "../rollout.ts";
import type { ServiceRuntime } from "../service-runtime.ts";
import { runtimeFor } from "../sync.ts";
import { isSignature, marksOf, type SessionKey, signatureOf } from "./keyring.ts";

/** Shown to those who may see how a request was routed. */
export const SESSION_HEADER = "x-heddle-session";

/** Made once for a request of a rule that keeps sessions. */
export interface SessionOnItsWay {
  readonly persistence: SessionPersistence;
  /** Null: the caller brought none that holds. */
  readonly held: HeldSession | null;
  /** The endpoint to ask first; NO_ENDPOINT for any. */
  readonly pinned: number;
  /** The endpoint whose good answer is passed on, and its service. */
  answeredBy: number;
  service: ServiceRuntime | null;
  /** The caller may see how the request was routed. */
  visible: boolean;
}

export interface HeldSession {
  readonly claims: SessionClaims;
  readonly backend: BackendRef;
  /** Of a rollout, as x-heddle-rollout says it; "" without one. */
  readonly shown: string;
  readonly service: ServiceRuntime;
  readonly endpoint: number;
  /** It was signed with a key that is on its way out. */
  readonly isOldKey: boolean;
}

/**
 * Finds the session that a request belongs to, and whether it stays where it is. Backends with weight 0 keep the sessions
 * they have. Rejects only for bugs.
 */
export async function findSession(arrived: Arrived, persistence: SessionPersistence): Promise<SessionOnItsWay> {
  const held = await heldSession(arrived, persistence);
  const holds = held !== null && mayHoldSession(held.service.state, held.endpoint, Date.now());
  const pinned = holds ? held.endpoint : NO_ENDPOINT;
  return { persistence, held, pinned, answeredBy: NO_ENDPOINT, service: null, visible: false };
}

async function heldSession(arrived: Arrived, persistence: SessionPersistence): Promise<HeldSession | null> {
  const { request, isolate, open } = arrived;
  const given = tokenIn(request.headers, persistence);
  if (given === "") return null;
  const { keys, counts } = isolate.sessions;
  const token = readToken(given);
  const key = token === null ? null : await signerOf(keys, persistence.sessionName, token);
  if (token === null || key === null) {
    counts.refused += 1;
    return null;
  }
  const { claims } = token;
  if (hasEnded(persistence, claims, Date.now())) {
    counts.ended += 1;
    return null;
  }
  for (const { backend, shown } of placesIn(arrived)) {
    if (open.services[backend.service] === undefined) continue;
    const service = await runtimeFor(arrived, backend.service);
    const endpoint = (await marksOf(key, service)).endpointOf.get(claims.mark);
    if (endpoint === undefined) continue;
    return { claims, backend, shown, service, endpoint, isOldKey: key !== keys[0] };
  }
  counts.refused += 1;
  return null;
}

/** The backends of the rule where a session may be. */
function placesIn(arrived: Arrived): readonly ChosenSide[] {
  return arrived.matched.rule.backendRefs.flatMap((backend) =>
    backend.rollout === undefined ? [{ backend, shown: "" }] : sidesOfSession(arrived, backend, backend.rollout),
  );
}

function tokenIn(headers: Headers, { type, sessionName }: SessionPersistence): string {
  if (type === "header") return headers.get(sessionName) ?? "";
  const cookies = headers.get("cookie");
  return cookies === null ? "" : cookieValue(cookies, sessionName);
}

async function signerOf(
  keys: readonly SessionKey[],
  sessionName: string,
  { signed, signature }: ReadToken,
): Promise<SessionKey | null> {
  for (const key of keys) if (await isSignature(key, `${sessionName} ${signed}`, signature)) return key;
  return null;
}

/**
 * The answer with what its caller has to know of the session: a token when it began, moved or is to be renewed. Answers
 * that say nothing new are returned as they are; one that no endpoint gave, or that failed, leaves the session alone.
 *
 * Rejects only for bugs.
 */
export async function withSession(arrived: Arrived, session: SessionOnItsWay, response: Response): Promise<Response> {
  const { persistence, held, answeredBy, service, visible } = session;
  if (answeredBy === NO_ENDPOINT || service === null) return response;
  const nowMs = Date.now();
  const stays = held !== null && held.service === service && held.endpoint === answeredBy;
  const isRenewed = stays && (held.isOldKey || isRenewalDue(persistence, held.claims, nowMs));
  if (stays && !isRenewed && !visible) return response;

  const own = copyOf(response);
  if (visible) own.headers.set(SESSION_HEADER, stays ? (isRenewed ? "renewed" : "kept") : held ? "moved" : "new");
  if (stays && !isRenewed) return own;
  const { sessions } = arrived.isolate;
  if (!stays) sessions.counts[held === null ? "begun" : "moved"] += 1;
  const beganAtMs = stays ? held.claims.beganAtMs : nowMs;
  const key = sessions.keys[0]!;
  const mark = (await marksOf(key, service)).of[answeredBy]!;
  const text = claimsText({ mark, beganAtMs, seenAtMs: nowMs });
  const token = `${text}.${await signatureOf(key, `${persistence.sessionName} ${text}`)}`;
  if (persistence.type === "header") own.headers.set(persistence.sessionName, token);
  else {
    const { matches } = arrived.matched.rule;
    const isSecure = arrived.address.scheme === "https";
    own.headers.append("set-cookie", sessionCookie({ persistence, token, beganAtMs, nowMs, isSecure, matches }));
  }
  return own;
}
