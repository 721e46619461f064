/**
 * Sources → endpoints of a service. What sources offer is put in force at once, but what they lose goes slowly: a
 * source that says nothing, or something foolish, must not empty a service. The mesh finds dead endpoints by itself, so
 * one that stays too long costs a retry; one that goes wrongly may cost an outage.
 *
 * What an instance or an operator says of an endpoint (deregistered, not ready, taken out of the config) is their word, and is
 * done at once. What a source merely no longer has, and what expired, is held by the floor (floor.ts), drained, then removed.
 */
import { MAX_SET_ENDPOINTS } from "../../core/endpoint-set-check.ts";
import type { Endpoint } from "../../core/mesh.ts";
import type { ServiceDiscovery } from "../../core/mesh-discovery.ts";
import type { Found } from "../source.ts";
import { backAtMs, flapsAt, isDamped, onFlap } from "./damping.ts";
import { applyFloor } from "./floor.ts";
import {
  type AlarmType,
  CONFIGURED,
  isAvailable,
  type Member,
  type Pool,
  type PoolAlarm,
  type SetContent,
} from "./pool.ts";

/** What one source has to offer now. */
export interface Offer {
  readonly source: string;
  readonly found: readonly Found[];
  /** Not ready is what the endpoint itself says, and not what somebody observed. */
  readonly isOwnWord: boolean;
  /** Endpoints that said goodbye since the last merge. */
  readonly left: ReadonlySet<string>;
}

export interface MergeInput {
  /** Of the config. */
  readonly configured: readonly Endpoint[];
  /** In the order of precedence: of two with one id, the first has it. */
  readonly offers: readonly Offer[];
  readonly settings: Pick<
    ServiceDiscovery,
    "minEndpoints" | "maxRemovalPercent" | "removalWindowMs" | "drainMs" | "damping"
  >;
  readonly nowMs: number;
}

export interface Merged {
  readonly pool: Pool;
  /** When time alone changes something; Infinity: it does not. */
  readonly nextMs: number;
}

interface Offered extends Found {
  readonly source: string;
  readonly isOwnWord: boolean;
}

/** Alarms name so many endpoints. */
const MAX_NAMED = 10;
/** Members that are out and offered by nobody are remembered for their flaps only, so many of them. */
const MAX_OUT = 1_000;

/** Takes in what all sources have now. Never throws. O(n log n) in the endpoints. */
export function merge(pool: Pool, input: MergeInput): Merged {
  const { settings, nowMs } = input;
  const { offered, duplicates } = offeredBy(input);
  const members = new Map<string, Member>();
  const lost: string[] = [];
  for (const id of new Set([...offered.keys(), ...pool.members.keys()])) {
    const { member, isLost } = step(pool.members.get(id) ?? null, offered.get(id) ?? null, id, input);
    members.set(id, member);
    if (isLost) lost.push(id);
  }
  const { held, dampedBack } = applyFloor(members, lost, settings, nowMs);
  const crowd = cut(members);
  forgetOut(members, offered, input);
  const { content, isKept } = contentOf(members, input.configured, pool.content);
  const damped = [...members].filter(([id, { damped: isOut }]) => isOut && offered.get(id)?.ready).map(([id]) => id);
  const alarms = [
    alarm("floor", held, "their source no longer has them, but too few would be left"),
    alarm(
      "damped",
      damped,
      `they came and went too often${dampedBack === 0 ? "" : `; ${dampedBack} let in for want of others`}`,
    ),
    alarm("duplicate_id", duplicates, "an earlier source has an endpoint of that name"),
    alarm("too_many", crowd, `a service has at most ${MAX_SET_ENDPOINTS} endpoints`),
    alarm("empty", isKept ? (content?.draining ?? []) : [], "none is left; the last ones stay, draining"),
  ].flatMap((one) => one ?? []);
  const next: Pool = { members, content, alarms: alarms.map((one) => withAge(one, pool.alarms, nowMs)) };
  return { pool: next, nextMs: nextMsOf(next, offered, settings, nowMs) };
}

function offeredBy({ configured, offers }: MergeInput) {
  const offered = new Map<string, Offered>();
  const duplicates: string[] = [];
  for (const endpoint of configured)
    offered.set(endpoint.id, { endpoint, ready: true, source: CONFIGURED, isOwnWord: true });
  for (const { source, found, isOwnWord } of offers) {
    for (const { endpoint, ready } of found) {
      if (offered.has(endpoint.id)) duplicates.push(endpoint.id);
      else offered.set(endpoint.id, { endpoint, ready, source, isOwnWord });
    }
  }
  return { offered, duplicates };
}

interface Step {
  readonly member: Member;
  /** It was in force, and is not offered any more: what becomes of it, the floor says. */
  readonly isLost: boolean;
}

function step(before: Member | null, offer: Offered | null, id: string, { offers, settings, nowMs }: MergeInput): Step {
  const { damping, drainMs } = settings;
  const was = before ?? newMember(offer!, nowMs);
  const member: Member = offer === null ? was : { ...was, endpoint: offer.endpoint, source: offer.source };
  if (offer?.ready === true) {
    const isIn = before !== null && isAvailable(before);
    const damped = !isIn && isDamped(member, damping, nowMs);
    const back = { ...member, lostAtMs: null, takenAtMs: null, damped };
    return { member: damped ? to(back, drainOrOut(was), nowMs) : to(back, "serving", nowMs), isLost: false };
  }
  if (!isAvailable(was) || before === null) {
    const isDrained = offer === null && was.phase === "draining" && nowMs >= was.sinceMs + drainMs;
    const hasLeft = offer === null && isWord(was, id, offers);
    return { member: isDrained || hasLeft ? to(member, "out", nowMs) : member, isLost: false };
  }
  const isNews = was.lostAtMs === null;
  const flapped: Member = isNews ? { ...member, ...onFlap(member, damping, nowMs), lostAtMs: nowMs } : member;
  if (offer === null && isWord(was, id, offers)) return { member: to(flapped, "out", nowMs), isLost: false };
  if (offer?.isOwnWord === true) return { member: to(flapped, "draining", nowMs), isLost: false };
  return { member: flapped, isLost: true };
}

function newMember({ endpoint, source }: Offered, nowMs: number): Member {
  const none = { lostAtMs: null, takenAtMs: null, flaps: 0, flapsAtMs: nowMs, damped: false };
  return { endpoint, source, phase: "out", sinceMs: nowMs, ...none };
}

/** Whether an endpoint that nobody offers was taken out on purpose: by itself, or by the config, as its source is no more. */
function isWord(was: Member, id: string, offers: readonly Offer[]): boolean {
  const offer = offers.find(({ source }) => source === was.source);
  return offer === undefined || offer.left.has(id);
}

/** Who had sessions keeps them while it is kept out. */
function drainOrOut({ phase }: Member): Member["phase"] {
  return phase === "out" ? "out" : "draining";
}

function to(member: Member, phase: Member["phase"], nowMs: number): Member {
  return member.phase === phase ? member : { ...member, phase, sinceMs: nowMs };
}

/** Takes out what does not fit into a set: newcomers first, then what drains. Their ids. */
function cut(members: Map<string, Member>): string[] {
  const inSet = [...members].filter(([, { phase }]) => phase !== "out");
  if (inSet.length <= MAX_SET_ENDPOINTS) return [];
  const rank = (member: Member) => (member.source === CONFIGURED ? 0 : isAvailable(member) ? 1 : 2);
  inSet.sort(([a, one], [b, other]) => rank(one) - rank(other) || one.sinceMs - other.sinceMs || compare(a, b));
  const over = inSet.slice(MAX_SET_ENDPOINTS);
  for (const [id, member] of over) members.set(id, { ...member, phase: "out" });
  return over.map(([id]) => id);
}

function forgetOut(
  members: Map<string, Member>,
  offered: ReadonlyMap<string, unknown>,
  { settings, nowMs }: MergeInput,
): void {
  const out = [...members].filter(([id, { phase }]) => phase === "out" && !offered.has(id));
  out.sort(([, one], [, other]) => other.sinceMs - one.sinceMs);
  for (const [index, [id, member]] of out.entries()) {
    const { takenAtMs } = member;
    const isTaken = takenAtMs !== null && nowMs - takenAtMs < settings.removalWindowMs;
    const isFresh = flapsAt(member, settings.damping, nowMs) > 0.5;
    if (index >= MAX_OUT || (!isTaken && !isFresh)) members.delete(id);
  }
}

/** What is in the set: as in the config, then by id. Nothing left: what was there, all of it draining. */
function contentOf(members: ReadonlyMap<string, Member>, configured: readonly Endpoint[], before: SetContent | null) {
  const inSet = [...members].filter(([, { phase }]) => phase !== "out");
  if (inSet.length === 0) {
    const content = before && { endpoints: before.endpoints, draining: before.endpoints.map(({ id }) => id) };
    return { content, isKept: content !== null };
  }
  const place = new Map(configured.map(({ id }, index) => [id, index]));
  const placeOf = (id: string) => place.get(id) ?? configured.length;
  inSet.sort(([a], [b]) => placeOf(a) - placeOf(b) || compare(a, b));
  const content: SetContent = {
    endpoints: inSet.map(([, { endpoint }]) => endpoint),
    draining: inSet.filter(([, { phase }]) => phase === "draining").map(([id]) => id),
  };
  return { content, isKept: false };
}

function alarm(type: AlarmType, ids: readonly string[], detail: string): Omit<PoolAlarm, "sinceMs"> | null {
  return ids.length === 0 ? null : { type, count: ids.length, ids: ids.slice(0, MAX_NAMED), detail };
}

function withAge(one: Omit<PoolAlarm, "sinceMs">, before: readonly PoolAlarm[], nowMs: number): PoolAlarm {
  return { ...one, sinceMs: before.find(({ type }) => type === one.type)?.sinceMs ?? nowMs };
}

function nextMsOf(
  { members }: Pool,
  offered: ReadonlyMap<string, Offered>,
  { drainMs, damping, removalWindowMs }: MergeInput["settings"],
  nowMs: number,
): number {
  const times: number[] = [];
  let isHeld = false;
  let oldestTakenMs = Number.POSITIVE_INFINITY;
  for (const [id, member] of members) {
    const { phase, sinceMs, takenAtMs } = member;
    const offer = offered.get(id);
    if (phase === "held") isHeld = true;
    if (phase === "draining" && offer === undefined) times.push(sinceMs + drainMs);
    if (member.damped && offer?.ready) times.push(backAtMs(member, damping));
    if (takenAtMs !== null && takenAtMs > nowMs - removalWindowMs) oldestTakenMs = Math.min(oldestTakenMs, takenAtMs);
  }
  if (isHeld) times.push(oldestTakenMs + removalWindowMs);
  return Math.max(
    nowMs + 1,
    times.reduce((first, ms) => Math.min(first, ms), Number.POSITIVE_INFINITY),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
