/**
 * Decodes what an isolate says to the object of a limit. It crossed a network and may come from another version, or from an
 * isolate that somebody has taken: nothing is taken for granted. A fault refuses the whole call.
 */
import { USE_STEPS } from "./terms.ts";
import { type LeaseAsk, type LeaseCall, MAX_ASKS, MAX_KEY_LENGTH } from "./wire.ts";

/** Largest amount. Sums of a session stay exact, and far below in practice. */
const MAX_UNITS = 1e15;

export type LeaseCallCheck =
  | { readonly ok: true; readonly call: LeaseCall }
  | { readonly ok: false; readonly detail: string };

/** The call, or what is wrong with it. Unknown fields are ignored. Linear in its size. Never throws. */
export function checkLeaseCall(value: unknown): LeaseCallCheck {
  if (!isRecord(value)) return fault("a call is an object");
  const { reporter, seq, limit, meshAtMs, asks } = value;
  if (!isText(reporter) || reporter === "") return fault("reporter is a name");
  if (!isText(limit) || limit === "") return fault("limit is a name");
  if (!isWhole(seq) || !isWhole(meshAtMs)) return fault("seq and meshAtMs are whole numbers");
  if (!Array.isArray(asks) || asks.length > MAX_ASKS) return fault(`asks are a list of ${MAX_ASKS} at most`);
  const checked: LeaseAsk[] = [];
  const keys = new Set<string>();
  for (const ask of asks as readonly unknown[]) {
    if (!isRecord(ask)) return fault("an ask is an object");
    const { key, session, granted, used, returned, need, want, recent } = ask;
    if (!isText(key)) return fault(`a key is text of ${MAX_KEY_LENGTH} at most`);
    if (keys.has(key)) return fault("a key is asked for once");
    keys.add(key);
    if (!isWhole(session)) return fault("session is a whole number");
    if (!isAmount(granted) || !isAmount(used) || !isAmount(returned) || !isAmount(need) || !isAmount(want)) {
      return fault("amounts are numbers from 0 to 1e15");
    }
    if (recent !== undefined && !isRecent(recent)) return fault("recent is a short list of pairs of amounts");
    checked.push({ key, session, granted, used, returned, need, want, ...(recent !== undefined && { recent }) });
  }
  return { ok: true, call: { reporter, seq, limit, meshAtMs, asks: checked } };
}

function fault(detail: string): LeaseCallCheck {
  return { ok: false, detail };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isRecent(value: unknown): value is NonNullable<LeaseAsk["recent"]> {
  if (!Array.isArray(value) || value.length > USE_STEPS) return false;
  return value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isAmount));
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_KEY_LENGTH;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_UNITS;
}
