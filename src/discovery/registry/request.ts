/** What instances send, decoded: all that is wrong with it at once. */
import { nearestHint } from "../../config/compile/cloud-regions.ts";
import { durationMs, parseDuration } from "../../config/duration.ts";
import type { Endpoint } from "../../core/mesh.ts";
import { checkEndpointUrl, type EndpointUrlPolicy } from "../../security/endpoint-url.ts";
import type { Heartbeat } from "./instance.ts";

export interface RegistrationRequest {
  readonly endpoint: Endpoint;
  /** Null: as the config has it. */
  readonly ttlMs: number | null;
  readonly ready: boolean;
  readonly load: number;
}

export interface RequestFault {
  /** Of the field, as in faults of a config. */
  readonly path: string;
  readonly message: string;
}

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly RequestFault[] };

/** As names of endpoints in the config. */
const ID = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const LABEL_NAME = /^[A-Za-z0-9][A-Za-z0-9./_-]{0,62}$/;
const PLAIN = /^[\x20-\x7e]{0,64}$/;
const MAX_LABELS = 32;
const MAX_LOAD = 100;

/** A registration of `id`. Fields: url; locality, weight, labels, ttl or ttlMs, ready, load may be absent. Never throws. */
export function checkRegistration(
  id: string,
  value: unknown,
  priority: number,
  policy: EndpointUrlPolicy,
): Checked<RegistrationRequest> {
  if (!isRecord(value)) return { ok: false, faults: [{ path: "", message: "is not an object" }] };
  const faults: RequestFault[] = [];
  const fault = (path: string, message: string) => void faults.push({ path, message });
  const known = ["url", "locality", "weight", "labels", "ttl", "ttlMs", "ready", "load"];
  for (const key of Object.keys(value))
    if (!known.includes(key)) fault(key, `is unknown; known are ${known.join(", ")}`);
  if (!ID.test(id))
    fault("id", 'must be 1 to 63 letters, digits, ".", "_" or "-", with a letter or digit at both ends');
  const { url, locality = {}, weight = 1, labels = {}, ready = true, load = -1 } = value;
  const address = typeof url === "string" ? checkEndpointUrl(url, policy) : null;
  if (address === null) fault("url", "is not a string");
  else if (!address.ok) fault("url", `${address.fault.message}; ${address.fault.fix}`);
  if (!isLocality(locality)) fault("locality", "is not {cloud, region, zone} of plain text, 64 characters each");
  if (!(typeof weight === "number" && weight > 0 && weight <= 1e6)) fault("weight", "is not above 0, at most 1000000");
  if (!isLabels(labels)) fault("labels", `is not at most ${MAX_LABELS} names with values of at most 256 characters`);
  if (typeof ready !== "boolean") fault("ready", "is not true or false");
  if (value.load !== undefined && !isLoad(load)) fault("load", `is not a number from 0 to ${MAX_LOAD}`);
  const ttlMs = ttlOf(value);
  if (ttlMs === undefined) fault("ttl", 'is not a duration such as "15s"');
  if (faults.length > 0 || !address?.ok) return { ok: false, faults };
  const { origin, pathname } = new URL(address.url);
  const { cloud = "", region = "", zone = "" } = locality as Partial<Endpoint["locality"]>;
  const endpoint: Endpoint = {
    id,
    origin,
    basePath: pathname.replace(/\/+$/, ""),
    weight: weight as number,
    priority,
    locality: { cloud, region, zone },
    near: nearestHint(region),
    labels: { ...(labels as Record<string, string>) },
    headers: [],
    costPerGb: 0,
  };
  return { ok: true, value: { endpoint, ttlMs: ttlMs ?? null, ready: ready as boolean, load: load as number } };
}

/** A heartbeat: {load, ready}, each of which may be absent, and so may the whole. Never throws. */
export function checkHeartbeat(value: unknown): Checked<Heartbeat> {
  if (value === undefined || value === null) return { ok: true, value: {} };
  if (!isRecord(value)) return { ok: false, faults: [{ path: "", message: "is not an object" }] };
  const { load, ready } = value;
  const faults: RequestFault[] = [];
  if (load !== undefined && !isLoad(load))
    faults.push({ path: "load", message: `is not a number from 0 to ${MAX_LOAD}` });
  if (ready !== undefined && typeof ready !== "boolean")
    faults.push({ path: "ready", message: "is not true or false" });
  if (faults.length > 0) return { ok: false, faults };
  return {
    ok: true,
    value: {
      ...(load !== undefined && { load: load as number }),
      ...(ready !== undefined && { ready: ready as boolean }),
    },
  };
}

/** Null: none was given; undefined: it is none. */
function ttlOf({ ttl, ttlMs }: Record<string, unknown>): number | null | undefined {
  if (ttl === undefined && ttlMs === undefined) return null;
  if (ttl !== undefined && typeof ttl !== "string") return undefined;
  const ms = ttl === undefined ? ttlMs : parseDuration(ttl as string) === null ? null : durationMs(ttl as string);
  return typeof ms === "number" && ms > 0 && Number.isFinite(ms) ? ms : undefined;
}

function isLoad(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_LOAD;
}

function isLocality(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return Object.entries(value).every(
    ([key, text]) => ["cloud", "region", "zone"].includes(key) && typeof text === "string" && PLAIN.test(text),
  );
}

function isLabels(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= MAX_LABELS &&
    entries.every(([name, text]) => LABEL_NAME.test(name) && typeof text === "string" && text.length <= 256)
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
