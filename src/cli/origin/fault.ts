/**
 * What can be wrong with a demo origin, how it is written (`latency=300ms`, `error-rate=20%`, `hang`) and read back.
 * Faults combine: each names one field, and `flap` switches all the others on and off.
 */
import { parseDuration } from "../../config/duration.ts";

/** All fields absent: the origin is well. */
export interface Fault {
  /** Added to every answer. */
  readonly latencyMs?: number;
  /** Share of requests answered 500, 0..1. */
  readonly errorRatio?: number;
  /** Answer everything with this status, at once. */
  readonly status?: number;
  /** Accept requests and never answer. */
  readonly hang?: true;
  /** Close the listening socket and all connections. */
  readonly refuse?: true;
  /** Multiplies the time an answer takes, > 0. */
  readonly slowFactor?: number;
  /** Serve so many requests a second; the others queue, and beyond a second of queue get a 503. */
  readonly capacityPerSecond?: number;
  /** Break the connection in the middle of the body. */
  readonly reset?: true;
  /** Have the other faults for so long, then not, and so on. On its own: `refuse` on and off. */
  readonly flapMs?: number;
}

export type FaultReading =
  | { readonly ok: true; readonly fault: Fault }
  | { readonly ok: false; readonly word: string; readonly expected: string };

interface FaultWord {
  readonly name: string;
  /** How it is written, for help. */
  readonly form: string;
  readonly does: string;
  /** Null when the value does not fit. */
  readonly read: (value: string) => Fault | null;
}

/** Every fault, in the order help lists them. */
export const FAULT_WORDS: readonly FaultWord[] = [
  {
    name: "latency",
    form: "latency=300ms",
    does: "adds this to every answer",
    read: (value) => optional(parseDuration(value), (latencyMs) => ({ latencyMs })),
  },
  {
    name: "slow",
    form: "slow=x10",
    does: "takes so many times longer",
    read: (value) => optional(positive(value.replace(/^[x×*]/, "")), (slowFactor) => ({ slowFactor })),
  },
  {
    name: "error-rate",
    form: "error-rate=20%",
    does: "answers 500 to this share of requests",
    read: (value) => optional(share(value), (errorRatio) => ({ errorRatio })),
  },
  {
    name: "status",
    form: "status=500",
    does: "answers this to everything, at once",
    read: (value) => (/^[2-5][0-9]{2}$/.test(value) ? { status: Number(value) } : null),
  },
  { name: "hang", form: "hang", does: "accepts requests and never answers", read: flag({ hang: true }) },
  { name: "refuse", form: "refuse", does: "closes its listening socket", read: flag({ refuse: true }) },
  { name: "reset", form: "reset", does: "breaks the connection in mid-body", read: flag({ reset: true }) },
  {
    name: "capacity",
    form: "capacity=50/s",
    does: "serves no more than this; the rest queue, then get 503",
    read: (value) => optional(positive(value.replace(/\/s$/, "")), (capacityPerSecond) => ({ capacityPerSecond })),
  },
  {
    name: "flap",
    form: "flap=3s",
    does: "switches its other faults (or refuse) on and off",
    read: (value) => optional(parseDuration(value), (flapMs) => (flapMs >= 50 ? { flapMs } : null)),
  },
  { name: "heal", form: "heal", does: "is well again (also: clear)", read: flag({}) },
];

/**
 * Reads faults as they are typed, several of them combined into one. `heal` and `clear` stand for no fault.
 *
 * Never throws; the first word that is not a fault is named with what was expected.
 */
export function readFault(words: readonly string[]): FaultReading {
  let fault: Fault = {};
  for (const word of words) {
    const equals = word.indexOf("=");
    const typed = equals < 0 ? word : word.slice(0, equals);
    const name = typed === "clear" ? "heal" : typed;
    const known = FAULT_WORDS.find((candidate) => candidate.name === name);
    const read = known?.read(equals < 0 ? "" : word.slice(equals + 1)) ?? null;
    if (read === null) {
      const expected = known === undefined ? FAULT_WORDS.map(({ form }) => form).join(", ") : known.form;
      return { ok: false, word, expected };
    }
    fault = { ...fault, ...read };
  }
  return { ok: true, fault };
}

/** How a fault is typed; `"well"` for none. */
export function writeFault(fault: Fault): string {
  const words: string[] = [];
  if (fault.latencyMs !== undefined) words.push(`latency=${fault.latencyMs}ms`);
  if (fault.slowFactor !== undefined) words.push(`slow=x${fault.slowFactor}`);
  if (fault.errorRatio !== undefined) words.push(`error-rate=${Number((fault.errorRatio * 100).toFixed(3))}%`);
  if (fault.status !== undefined) words.push(`status=${fault.status}`);
  if (fault.hang) words.push("hang");
  if (fault.refuse) words.push("refuse");
  if (fault.reset) words.push("reset");
  if (fault.capacityPerSecond !== undefined) words.push(`capacity=${fault.capacityPerSecond}/s`);
  if (fault.flapMs !== undefined) words.push(`flap=${fault.flapMs}ms`);
  return words.length === 0 ? "well" : words.join(" ");
}

function flag(fault: Fault): (value: string) => Fault | null {
  return (value) => (value === "" ? fault : null);
}

function optional<T>(value: T | null, then: (value: T) => Fault | null): Fault | null {
  return value === null ? null : then(value);
}

function positive(value: string): number | null {
  return /^[0-9]+(\.[0-9]+)?$/.test(value) && Number(value) > 0 ? Number(value) : null;
}

/** `"20%"` and `"0.2"` are the same; null outside 0..1. */
function share(value: string): number | null {
  const match = /^([0-9]+(?:\.[0-9]+)?)(%?)$/.exec(value);
  if (match === null) return null;
  const ratio = Number(match[1]) / (match[2] === "%" ? 100 : 1);
  return ratio <= 1 ? ratio : null;
}
