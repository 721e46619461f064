/** Who looks through a socket, and at what. It is attached to the socket, and survives the object's hibernation with it. */

/** Longest message of a looker, in UTF-16 units: a subscription is far shorter. */
export const MAX_MESSAGE_LENGTH = 1_024;
/** Messages of one socket in ten seconds; more close it. */
const MAX_MESSAGES = 20;
const MESSAGES_MS = 10_000;
/**
 * A credential is believed for so long; then the socket ends, and whoever may still look opens another. What was taken back
 * without a word to the hub, as an identity of Cloudflare Access is, ends with that.
 */
export const BELIEVED_MS = 900_000;
/** The platform keeps attachments of up to 16,384 bytes. */
const MAX_ATTACHMENT_LENGTH = 8_000;

export interface Looker {
  /** Of the credential: sockets are counted by it. */
  readonly key: string;
  /** Null: all services. */
  readonly services: readonly string[] | null;
  /** When the socket ends: with the credential, or with the belief in it. Epoch. */
  readonly expiresAtMs: number;
  readonly wants: Wants;
  readonly messages: { readonly sinceMs: number; readonly count: number };
}

export interface Wants {
  /** Only this one; null: all that may be seen. */
  readonly service: string | null;
  /** False: only events, and nothing is polled on its behalf. */
  readonly state: boolean;
  readonly decisions: boolean;
}

export const WANTS_ALL: Wants = { service: null, state: true, decisions: false };

/** As the control Worker passes it on with the request. Null for what is none, or too large to attach. Never throws. */
export function lookerFrom(text: string | null, nowMs: number): Looker | null {
  const value = parse(text ?? "");
  if (value === null || (text ?? "").length > MAX_ATTACHMENT_LENGTH) return null;
  const { key, services, expiresAtMs } = value;
  if (typeof key !== "string" || key === "") return null;
  if (services !== null && !(Array.isArray(services) && services.every((one) => typeof one === "string"))) return null;
  if (expiresAtMs !== null && !Number.isFinite(expiresAtMs)) return null;
  return {
    key,
    services: services as readonly string[] | null,
    expiresAtMs: Math.min((expiresAtMs as number | null) ?? Number.POSITIVE_INFINITY, nowMs + BELIEVED_MS),
    wants: WANTS_ALL,
    messages: { sinceMs: nowMs, count: 0 },
  };
}

/** What the control Worker passes on. `expiresAtMs`: of the credential; null: it has no end of its own. */
export function textOfLooker(looker: Pick<Looker, "key" | "services"> & { expiresAtMs: number | null }): string {
  const { key, services, expiresAtMs } = looker;
  return JSON.stringify({ key, services, expiresAtMs });
}

export type Heard =
  | { readonly ok: true; readonly looker: Looker }
  /** Code and reason to close the socket with. RFC 6455 §7.4.1: 1003 cannot be taken, 1008 a policy is hurt, 1009 too big. */
  | { readonly ok: false; readonly code: 1003 | 1008 | 1009; readonly reason: string };

/** What a message of the looker makes of it. Absent fields mean their defaults, unknown ones nothing. Never throws. */
export function onMessage(looker: Looker, message: unknown, nowMs: number): Heard {
  if (typeof message !== "string") return { ok: false, code: 1003, reason: "send text" };
  if (message.length > MAX_MESSAGE_LENGTH) return { ok: false, code: 1009, reason: "the message is too long" };
  const isNew = nowMs - looker.messages.sinceMs >= MESSAGES_MS;
  const messages = isNew ? { sinceMs: nowMs, count: 1 } : { ...looker.messages, count: looker.messages.count + 1 };
  if (messages.count > MAX_MESSAGES) return { ok: false, code: 1008, reason: "too many messages" };
  const subscribe = parse(message)?.subscribe;
  if (typeof subscribe !== "object" || subscribe === null) {
    return { ok: false, code: 1008, reason: 'send {"subscribe": {…}}' };
  }
  const { service = null, state = true, decisions = false } = subscribe as Partial<Record<keyof Wants, unknown>>;
  if (service !== null && (typeof service !== "string" || service.length > 256)) {
    return { ok: false, code: 1008, reason: "service is not a name" };
  }
  if (service !== null && looker.services !== null && !looker.services.includes(service)) {
    return { ok: false, code: 1008, reason: "the token is limited to other services" };
  }
  return {
    ok: true,
    looker: { ...looker, messages, wants: { service, state: state !== false, decisions: decisions === true } },
  };
}

/** Whether something of a service is for this looker. Null: it is about all of them, and for those who may see all. */
export function maySee({ services, wants }: Looker, service: string | null): boolean {
  if (service === null) return services === null && wants.service === null;
  return (services === null || services.includes(service)) && (wants.service === null || wants.service === service);
}

/** The services that a looker is shown; null: all there are. */
export function visibleTo({ services, wants }: Looker): ReadonlySet<string> | null {
  if (wants.service !== null) return new Set([wants.service]);
  return services === null ? null : new Set(services);
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
