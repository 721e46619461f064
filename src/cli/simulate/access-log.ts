/**
 * Access logs as requests to play again: the common and combined formats of Apache and nginx, and JSON lines under the
 * field names of nginx, Caddy, Envoy and Cloudflare's Logpush. Read line by line, so that a log of gigabytes takes no memory.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import type { LoggedRequest } from "../../simulate/world/arrivals.ts";

/** One line, with its time as it was written. */
export interface LogLine {
  /** Epoch. */
  readonly timeMs: number;
  /** Resolution of the time, ms: the common format has seconds. */
  readonly stepMs: number;
  readonly method: string;
  /** Absolute where the host is known, else a path with its query. */
  readonly url: string;
}

/** What a log holds, found out before it is played. */
export interface LogSummary {
  readonly requests: number;
  /** From the first to the last request. */
  readonly spanMs: number;
  /** Lines that are no request, and the number of the first of them, 1-based. */
  readonly skipped: number;
  readonly firstSkipped: number | null;
}

/** Reads a line of any of the formats; null for what is none. Never throws. */
export function readLogLine(line: string): LogLine | null {
  return line.startsWith("{") ? fromJson(line) : fromCommon(line);
}

/** Reads the whole log once. Throws what the file system throws. */
export function surveyLog(path: string): LogSummary {
  let [requests, skipped, number] = [0, 0, 0];
  let firstSkipped: number | null = null;
  let [firstMs, lastMs] = [Number.NaN, Number.NaN];
  for (const text of linesOf(path)) {
    number += 1;
    if (text.trim() === "") continue;
    const line = readLogLine(text);
    if (line === null) {
      skipped += 1;
      firstSkipped ??= number;
      continue;
    }
    requests += 1;
    if (requests === 1) firstMs = line.timeMs;
    lastMs = Math.max(Number.isNaN(lastMs) ? line.timeMs : lastMs, line.timeMs + line.stepMs);
  }
  return { requests, spanMs: requests === 0 ? 0 : lastMs - firstMs, skipped, firstSkipped };
}

/**
 * The requests of a log, in its order. Those of one second, where only seconds are told, are spread over it evenly; a
 * time before that of the line above counts as that one.
 */
export function* requestsOf(path: string): Iterable<LoggedRequest> {
  let beginMs = Number.NaN;
  let atMs = 0;
  let together: LogLine[] = [];
  const release = function* (): Iterable<LoggedRequest> {
    for (const [index, { timeMs, stepMs, method, url }] of together.entries()) {
      const within = stepMs <= 1 ? 0 : ((index + 0.5) / together.length) * stepMs;
      atMs = Math.max(atMs, timeMs - beginMs + within);
      yield { atMs, method, url };
    }
    together = [];
  };
  for (const text of linesOf(path)) {
    const line = readLogLine(text);
    if (line === null) continue;
    if (Number.isNaN(beginMs)) beginMs = line.timeMs;
    if (together.length > 0 && (line.stepMs <= 1 || together[0]!.timeMs !== line.timeMs)) yield* release();
    together.push(line);
  }
  yield* release();
}

const COMMON =
  /\[(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-]\d{2})(\d{2})\] "([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?"/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function fromCommon(line: string): LogLine | null {
  const match = COMMON.exec(line);
  if (match === null) return null;
  const [, day, monthName, year, hour, minute, second, zoneHours, zoneMinutes, method, url] = match;
  const month = MONTHS.indexOf(monthName!);
  if (month < 0) return null;
  const utcMs = Date.UTC(Number(year), month, Number(day), Number(hour), Number(minute), Number(second));
  const zone = Number(zoneHours) * 60 + Math.sign(Number(`${zoneHours![0]}1`)) * Number(zoneMinutes);
  return { timeMs: utcMs - zone * 60_000, stepMs: 1_000, method: method!, url: url! };
}

/** Names are compared without case, "_", "-" and "@". Of several that are there the first in the list counts. */
const FIELDS = {
  time: ["timestamp", "time", "ts", "timeiso8601", "starttime", "edgestarttimestamp", "datetime", "date", "msec"],
  method: ["method", "requestmethod", "clientrequestmethod", "httpmethod"],
  url: ["url", "uri", "requesturi", "clientrequesturi", "path", "requestpath", "clientrequestpath"],
  host: ["host", "httphost", "authority", "clientrequesthost", "servername"],
} as const;

function fromJson(text: string): LogLine | null {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    return null;
  }
  const fields = flatten(record);
  const field = (names: readonly string[]) =>
    names.map((name) => fields.get(name)).find((value) => value !== undefined);
  const time = timeOf(field(FIELDS.time));
  // "GET /cart HTTP/1.1" in one field, as nginx has it.
  const [, method, target] = /^([A-Z]+) (\S+)/.exec(String(fields.get("request") ?? "")) ?? [
    "",
    field(FIELDS.method),
    field(FIELDS.url),
  ];
  if (time === null || typeof target !== "string" || target === "") return null;
  const host = field(FIELDS.host);
  const url = target.startsWith("/") && typeof host === "string" && host !== "" ? `http://${host}${target}` : target;
  return { ...time, method: typeof method === "string" ? method.toUpperCase() : "GET", url };
}

/** The fields of an object and of the objects in it (Caddy keeps the request in one). */
function flatten(record: unknown): ReadonlyMap<string, unknown> {
  const fields = new Map<string, unknown>();
  const add = (value: unknown, depth: number) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    for (const [key, child] of Object.entries(value)) {
      const name = key.toLowerCase().replace(/[_\-@]/g, "");
      if (typeof child === "object") {
        if (depth < 2) add(child, depth + 1);
      } else if (!fields.has(name)) fields.set(name, child);
    }
  };
  add(record, 0);
  return fields;
}

/** Text that a Date understands, or a number of seconds, milliseconds or nanoseconds, told apart by its size. */
function timeOf(value: unknown): Pick<LogLine, "timeMs" | "stepMs"> | null {
  const number =
    typeof value === "number" && Number.isFinite(value)
      ? value
      : typeof value === "string" && /^\d+(\.\d+)?$/.test(value)
        ? Number(value)
        : null;
  if (number !== null) {
    if (number > 1e17) return { timeMs: number / 1e6, stepMs: 1 };
    if (number > 1e14) return { timeMs: number / 1e3, stepMs: 1 };
    if (number > 1e11) return { timeMs: number, stepMs: 1 };
    return { timeMs: number * 1_000, stepMs: Number.isInteger(number) ? 1_000 : 1 };
  }
  if (typeof value !== "string") return null;
  const timeMs = Date.parse(value);
  if (Number.isNaN(timeMs)) return null;
  return { timeMs, stepMs: /\d\d[.,]\d/.test(value) ? 1 : 1_000 };
}

const CHUNK_BYTES = 65_536;
/** A line beyond this is no log line; it is cut so that a file without line ends takes no memory. */
const MAX_LINE = 65_536;

function* linesOf(path: string): Iterable<string> {
  const file = openSync(path, "r");
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const decoder = new StringDecoder("utf8");
    let rest = "";
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      const lines = (rest + decoder.write(chunk.subarray(0, read))).split("\n");
      rest = lines.pop()!.slice(0, MAX_LINE);
      yield* lines;
    }
    if (rest !== "") yield rest;
  } finally {
    closeSync(file);
  }
}
