/**
 * The floor: how much of what sources have lost may go. Of a service's endpoints at most a share goes within a window, and
 * never so many that fewer than `minEndpoints` are left. The rest is held: it takes requests as before, and an alarm is
 * raised. Held ones go as the window moves on, so that a true scaling down ends where it should, only later.
 *
 * This is the self-preservation of Eureka with an end to it: there, nothing expires while too many expire.
 */
import type { ServiceDiscovery } from "../../core/mesh-discovery.ts";
import { isAvailable, type Member } from "./pool.ts";

type Settings = Pick<ServiceDiscovery, "minEndpoints" | "maxRemovalPercent" | "removalWindowMs">;

export interface Floored {
  /** Ids that stay though they were lost. */
  readonly held: readonly string[];
  /** Damped endpoints that were let in, as too few others were there. */
  readonly dampedBack: number;
}

/**
 * Decides on the lost ones, in place: the longest lost go first, to be drained; the others are held.
 *
 * - `lost`: ids of members that are available, but that their source no longer offers.
 *
 * Never throws. O(n log n) in what was lost, linear in the rest.
 */
export function applyFloor(
  members: Map<string, Member>,
  lost: readonly string[],
  settings: Settings,
  nowMs: number,
): Floored {
  const { minEndpoints, maxRemovalPercent, removalWindowMs } = settings;
  let available = 0;
  let taken = 0;
  for (const member of members.values()) {
    if (isAvailable(member)) available++;
    else if (member.takenAtMs !== null && nowMs - member.takenAtMs < removalWindowMs) taken++;
  }
  // A share of less than one endpoint is one: else small services could never lose any.
  const share = maxRemovalPercent === 0 ? 0 : Math.max(1, Math.floor(((available + taken) * maxRemovalPercent) / 100));
  const may = Math.max(0, Math.min(share - taken, available - minEndpoints));
  const inOrder = [...lost].sort((a, b) => members.get(a)!.lostAtMs! - members.get(b)!.lostAtMs! || (a < b ? -1 : 1));
  for (const [index, id] of inOrder.entries()) {
    const member = members.get(id)!;
    if (index < may) members.set(id, { ...member, phase: "draining", sinceMs: nowMs, takenAtMs: nowMs });
    else if (member.phase !== "held") members.set(id, { ...member, phase: "held", sinceMs: nowMs });
  }
  const held = inOrder.slice(may);
  const missing = minEndpoints - (available - Math.min(may, inOrder.length));
  return missing > 0 ? bringBack(members, missing, held, nowMs) : { held, dampedBack: 0 };
}

/** Too few are left, by what endpoints said themselves: damped ones are let in, then lost ones that drain are held after all. */
function bringBack(members: Map<string, Member>, missing: number, held: readonly string[], nowMs: number): Floored {
  const damped = [...members].filter(([, { damped: isOut }]) => isOut);
  damped.sort(([, one], [, other]) => one.flaps - other.flaps);
  const dampedBack = damped.slice(0, missing);
  for (const [id, member] of dampedBack) {
    members.set(id, { ...member, phase: "serving", sinceMs: nowMs, damped: false });
  }
  const drained = [...members].filter(([, { phase, takenAtMs }]) => phase === "draining" && takenAtMs !== null);
  drained.sort(([, one], [, other]) => other.lostAtMs! - one.lostAtMs!);
  const kept = drained.slice(0, Math.max(0, missing - dampedBack.length));
  for (const [id, member] of kept) members.set(id, { ...member, phase: "held", sinceMs: nowMs, takenAtMs: null });
  return { held: [...held, ...kept.map(([id]) => id)], dampedBack: dampedBack.length };
}
