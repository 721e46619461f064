/**
 * Decodes a set of endpoints that came from a peer or a cache: bounded, field by field, never cast. A fault refuses the whole
 * set, since half of one would take endpoints away that nobody took away; whoever checks keeps what it had.
 */
import { type EndpointSet, NO_REVISION } from "./endpoint-set.ts";
import type { Endpoint, Locality } from "./mesh.ts";
import { isRegion } from "./region.ts";

/** Endpoints of one service, at most: as many as a report may list. */
export const MAX_SET_ENDPOINTS = 1_000;
/** Of ids, names and values of labels and headers, UTF-16 units. */
const MAX_TEXT = 2_048;
const MAX_PAIRS = 64;
const MAX_WEIGHT = 1e6;
const MAX_PRIORITY = 1_000;
/** Scheme, host and port as `URL.origin` writes them. */
const ORIGIN = /^https?:\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/;

export type EndpointSetCheck =
  | { readonly ok: true; readonly set: EndpointSet }
  | { readonly ok: false; readonly detail: string };

/**
 * The set, or what is wrong with it. An empty one is wrong: a set never makes a service empty. Unknown fields are dropped, and
 * absent ones that have a neutral value get it. Linear in its size. Never throws.
 */
export function checkEndpointSet(value: unknown): EndpointSetCheck {
  const fault = (detail: string): EndpointSetCheck => ({ ok: false, detail });
  if (!isRecord(value)) return fault("not an object");
  const { revision, endpoints, draining } = value;
  if (!Number.isSafeInteger(revision) || (revision as number) <= NO_REVISION)
    return fault("revision is no number from 1");
  if (!Array.isArray(endpoints)) return fault("endpoints is not a list");
  if (endpoints.length === 0) return fault("endpoints is empty");
  if (endpoints.length > MAX_SET_ENDPOINTS) return fault(`${endpoints.length} endpoints, at most ${MAX_SET_ENDPOINTS}`);
  const decoded: Endpoint[] = [];
  const ids = new Set<string>();
  for (const [at, given] of endpoints.entries()) {
    const endpoint = endpointOf(given);
    if (typeof endpoint === "string") return fault(`endpoints[${at}] ${endpoint}`);
    if (ids.has(endpoint.id)) return fault(`endpoints[${at}] has an id that another one has`);
    ids.add(endpoint.id);
    decoded.push(endpoint);
  }
  const set = { revision: revision as number, endpoints: decoded };
  if (draining === undefined) return { ok: true, set };
  if (!Array.isArray(draining) || !draining.every((id) => ids.has(id)))
    return fault("draining lists what is no endpoint");
  return { ok: true, set: draining.length === 0 ? set : { ...set, draining: [...(draining as string[])] } };
}

/** The endpoint, or what is wrong with it. */
function endpointOf(value: unknown): Endpoint | string {
  if (!isRecord(value)) return "is not an object";
  const { id, origin, basePath = "", weight = 1, priority = 0, near = null, costPerGb = 0 } = value;
  if (!isText(id) || id === "") return "has no id";
  if (!isText(origin) || !ORIGIN.test(origin)) return "has no origin of scheme, host and port";
  if (!isText(basePath) || (basePath !== "" && !/^\/[^?#\s]*[^/?#\s]$/.test(basePath))) return "has no clean basePath";
  if (!isWithin(weight, MAX_WEIGHT) || weight === 0) return "has a weight that is none";
  if (!isWithin(priority, MAX_PRIORITY) || !Number.isInteger(priority)) return "has a priority that is none";
  if (near !== null && !isRegion(near)) return "is near a region that is none";
  if (!isWithin(costPerGb, MAX_WEIGHT)) return "has a costPerGb that is none";
  const locality = localityOf(value.locality ?? {});
  const labels = labelsOf(value.labels ?? {});
  const headers = headersOf(value.headers ?? []);
  if (locality === null || labels === null || headers === null)
    return "has a locality, labels or headers that are none";
  return { id, origin, basePath, weight, priority, locality, near, labels, headers, costPerGb };
}

function localityOf(value: unknown): Locality | null {
  if (!isRecord(value)) return null;
  const { cloud = "", region = "", zone = "" } = value;
  return isText(cloud) && isText(region) && isText(zone) ? { cloud, region, zone } : null;
}

function labelsOf(value: unknown): Readonly<Record<string, string>> | null {
  if (!isRecord(value)) return null;
  const entries = Object.entries(value);
  if (entries.length > MAX_PAIRS || !entries.every(([name, text]) => isText(name) && isText(text))) return null;
  return Object.fromEntries(entries) as Record<string, string>;
}

function headersOf(value: unknown): Endpoint["headers"] | null {
  if (!Array.isArray(value) || value.length > MAX_PAIRS) return null;
  const headers: [string, string][] = [];
  for (const pair of value as readonly unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2) return null;
    const [name, text] = pair as readonly unknown[];
    if (!isText(name) || !/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || !isText(text) || /[\r\n\0]/.test(text))
      return null;
    headers.push([name, text]);
  }
  return headers;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_TEXT;
}

function isWithin(value: unknown, max: number): value is number {
  return typeof value === "number" && value >= 0 && value <= max;
}
