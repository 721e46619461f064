/** What happened: the admin API's events and its audit log, as lines in the order of time. */
import { plain } from "../plain.ts";
import type { Paint } from "../terminal.ts";
import { instant } from "../when.ts";
import type { Call, Control } from "./client.ts";
import { listOf } from "./pages.ts";
import { type AuditEntry, auditShape, eventShape, type MeshEvent } from "./shapes.ts";

export interface EventQuery {
  readonly isAudit: boolean;
  readonly service: string | null;
  readonly type: string | null;
  readonly sinceMs: number | null;
  readonly limit: number;
}

type Event = MeshEvent | AuditEntry;

/** The latest events that match, oldest first; and how many were left out, since their key is not there. */
export async function events(
  control: Control,
  query: EventQuery,
): Promise<{ readonly items: readonly Event[]; readonly sealed: number }> {
  const { isAudit, service, type, sinceMs, limit } = query;
  const filter: Call["query"] = {
    service: service ?? undefined,
    [isAudit ? "action" : "type"]: type ?? undefined,
    since: sinceMs ?? undefined,
  };
  const { items, sealed } = isAudit
    ? await listOf(control, "/v1/audit", auditShape, limit, filter)
    : await listOf(control, "/v1/events", eventShape, limit, filter);
  return { items: [...items].sort((a, b) => a.atMs - b.atMs), sealed };
}

/**
 * Tells events that were seen before from new ones, when the same stretch of time is asked for again and again. What is
 * older than the first that were seen is not new, but was left out.
 */
export function createSeen(): (found: readonly Event[]) => readonly Event[] {
  const seen = new Map<string, number>();
  let floorMs = Number.NEGATIVE_INFINITY;
  return (found) => {
    const oldestMs = found[0]?.atMs;
    if (oldestMs === undefined) return [];
    if (seen.size === 0) floorMs = Math.max(floorMs, oldestMs);
    const fresh = found.filter(({ id, atMs }) => atMs >= floorMs && !seen.has(`${id}`));
    for (const { id, atMs } of fresh) seen.set(`${id}`, atMs);
    for (const [id, atMs] of seen) if (atMs < oldestMs) seen.delete(id);
    return fresh;
  };
}

const RED = /unhealthy|ejected|open|refused|rolled.?back|failed|alarm|expired|floor|error/i;
const GREEN = /healthy|closed|recovered|passed|restored|added|registered/i;

/** One event as a line. */
export function eventLine(event: Event, paint: Paint): string {
  return "action" in event && "actor" in event
    ? auditLine(event as AuditEntry, paint)
    : healthLine(event as MeshEvent, paint);
}

function healthLine(event: MeshEvent, paint: Paint): string {
  const { id, atMs, type, service, endpoint, region, detail, ...rest } = event;
  const place = [service, endpoint].filter((part) => part != null && part !== "").join("/");
  const where = region == null || region === "" ? "" : paint.dim(` in ${plain(region)}`);
  const text = detail ?? restOf(rest);
  const said = `${plain(type)}${text === "" ? "" : `: ${plain(text)}`}`;
  const colour = RED.test(said.replace(/not unhealthy/g, ""))
    ? paint.red
    : GREEN.test(said)
      ? paint.green
      : paint.yellow;
  return `${paint.dim(instant(atMs))}  ${place === "" ? "" : `${paint.bold(plain(place))}${where}  `}${colour(said)}`;
}

function auditLine({ atMs, actor, via, from, action, target }: AuditEntry, paint: Paint): string {
  const where = [from?.address, from?.country].filter((part) => part !== undefined && part !== "").join(" ");
  const how = [via, where].filter((part) => part !== undefined && part !== "").join(", ");
  return `${paint.dim(instant(atMs))}  ${paint.bold(plain(actor))}${how === "" ? "" : paint.dim(` (${plain(how)})`)}  ${paint.yellow(plain(action))} ${plain(target)}`;
}

/** What an event of an unknown kind says: "from healthy, to unhealthy". */
function restOf(rest: Readonly<Record<string, unknown>>): string {
  return Object.entries(rest)
    .filter(([, value]) => ["string", "number", "boolean"].includes(typeof value))
    .map(([key, value]) => `${key} ${value}`)
    .join(", ");
}
