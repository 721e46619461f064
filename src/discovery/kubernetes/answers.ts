/**
 * What an API server's answers mean: error statuses, pages of lists and lines of watches. Checked, never cast; nothing here
 * throws.
 *
 * Source: Kubernetes API Concepts (watches, resource versions, chunked lists) and API conventions (Status).
 */
import type { Fault } from "./fault.ts";
import { type Resource, readRecord } from "./inventory.ts";
import { readKey, type ServiceRecord, type SliceRecord } from "./records.ts";

/** Characters of a server's own words that are passed on. */
const MAX_DETAIL = 200;

/**
 * The fault that an answer other than 200 is.
 *
 * - `text`: its body, a Status object or anything else.
 * - `retryAfter`: the header's value, null without one. Seconds; dates are not sent by API servers.
 */
export function faultOfStatus(status: number, text: string, retryAfter: string | null, secret: string): Fault {
  const detail = detailOf(text);
  const seconds = retryAfter !== null && /^[0-9]{1,6}$/.test(retryAfter) ? Number(retryAfter) : null;
  if (status === 401) return { reason: "unauthorized", secret };
  if (status === 403) return { reason: "forbidden", detail };
  if (status === 404) return { reason: "unknown_resource" };
  if (status === 410) return { reason: "gone" };
  if (status === 429 || (status === 503 && seconds !== null)) {
    return { reason: "throttled", status, retryAfterMs: (seconds ?? 0) * 1_000 };
  }
  return { reason: "status", status, detail };
}

export interface ListPage {
  readonly records: readonly (ServiceRecord | SliceRecord)[];
  readonly resourceVersion: string;
  /** Asks for the next page; "": this was the last. */
  readonly next: string;
}

const LIST_KINDS: Readonly<Record<Resource, string>> = { services: "ServiceList", endpointslices: "EndpointSliceList" };

/** Null for what is no list of the resource. */
export function readPage(resource: Resource, text: string): ListPage | null {
  const list = parse(text) as { kind?: unknown; metadata?: Record<string, unknown> | null; items?: unknown } | null;
  if (list?.kind !== LIST_KINDS[resource]) return null;
  // Go writes an empty list as null in some versions.
  const items = list.items ?? [];
  const { resourceVersion, continue: next = "" } = list.metadata ?? {};
  if (!Array.isArray(items) || typeof resourceVersion !== "string" || resourceVersion === "") return null;
  if (typeof next !== "string") return null;
  return { records: items.flatMap((item) => readRecord(resource, item) ?? []), resourceVersion, next };
}

export type WatchEvent =
  /** `record` null: gone, or no longer of any use. */
  | {
      readonly type: "object";
      readonly key: string;
      readonly record: ServiceRecord | SliceRecord | null;
      readonly resourceVersion: string;
    }
  | { readonly type: "bookmark"; readonly resourceVersion: string }
  | { readonly type: "fault"; readonly fault: Fault };

/** One line of a watch. */
export function readWatchLine(resource: Resource, line: string, secret: string): WatchEvent {
  const event = parse(line) as { type?: unknown; object?: unknown } | null;
  const object = event?.object as
    | { metadata?: { resourceVersion?: unknown } | null; code?: unknown }
    | null
    | undefined;
  if (event?.type === "ERROR") {
    const code = typeof object?.code === "number" ? object.code : 500;
    return { type: "fault", fault: faultOfStatus(code, JSON.stringify(object ?? null), null, secret) };
  }
  const resourceVersion = object?.metadata?.resourceVersion;
  if (typeof resourceVersion !== "string" || resourceVersion === "") return unintelligible(line);
  if (event?.type === "BOOKMARK") return { type: "bookmark", resourceVersion };
  const key = readKey(object);
  if (key === null) return unintelligible(line);
  if (event?.type === "DELETED") return { type: "object", key, record: null, resourceVersion };
  if (event?.type !== "ADDED" && event?.type !== "MODIFIED") return unintelligible(line);
  return { type: "object", key, record: readRecord(resource, object), resourceVersion };
}

function unintelligible(line: string): WatchEvent {
  return { type: "fault", fault: { reason: "unintelligible", detail: `watch line ${shown(line)}` } };
}

/** The message of a Status; of anything else its beginning. */
function detailOf(text: string): string {
  const status = parse(text) as { message?: unknown } | null;
  return typeof status?.message === "string" ? shown(status.message) : shown(text);
}

/** Printable, short. */
export function shown(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]+/g, " ").trim();
  return plain.length > MAX_DETAIL ? `${plain.slice(0, MAX_DETAIL)}…` : plain;
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
