/**
 * Settings to compare, as they are typed: `PATH=A,B,C`. A path is a config's, from its top or from every service:
 * `services.shop.retry.attempts`, `loadBalancing.policy`. Entries of lists go by number, id or name.
 */
import { parse } from "yaml";
import type { FaultPath } from "../../config/fault.ts";
import { knownKeys } from "../../config/json-schema.ts";
import { nearest } from "../../config/nearest.ts";
import { isRecord } from "../../config/schema/finding.ts";
import type { Reading } from "./targets.ts";

export interface Sweep {
  /** As it was typed. */
  readonly path: string;
  /** Where it stands in the config; several when it is meant of every service. */
  readonly places: readonly FaultPath[];
  /** Never empty. */
  readonly values: readonly unknown[];
}

/**
 * Reads a sweep against a config.
 *
 * - `config`: as it was written, not decoded.
 *
 * Never throws. Whether the fields exist and the values fit, the config's own decoder says later.
 */
export function readSweep(text: string, config: unknown): Reading<Sweep> {
  const equals = text.indexOf("=");
  if (equals <= 0 || equals === text.length - 1) {
    return refused(`expected FIELD=VALUE,VALUE…, such as retry.attempts=1,2,3, not "${text}"`);
  }
  const path = text.slice(0, equals).trim();
  const values = readValues(text.slice(equals + 1));
  if (values === null) return refused(`"${text.slice(equals + 1)}" is not a list of values such as 1,2,3`);
  const places = placesOf(path, config);
  return places.ok ? { ok: true, value: { path, places: places.value, values } } : places;
}

/** A copy of `config` with `value` at all the places of a sweep. Objects on the way that are absent come about. */
export function withValue(config: unknown, places: readonly FaultPath[], value: unknown): unknown {
  return places.reduce<unknown>((changed, place) => setAt(changed, place, value), config);
}

/** How a value is named: text and numbers as they are, the rest as JSON. */
export function valueName(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The values between the commas, as YAML reads them: `3`, `5s`, `true`, `[a, b]`. Null when it reads none. */
function readValues(text: string): readonly unknown[] | null {
  try {
    const values: unknown = parse(`[${text}]`);
    return Array.isArray(values) && values.length > 0 ? values : null;
  } catch {
    return null;
  }
}

function placesOf(path: string, config: unknown): Reading<readonly FaultPath[]> {
  const steps = stepsOf(path);
  const first = steps[0] ?? "";
  const services = isRecord(config) && isRecord(config.services) ? config.services : {};
  const top = knownKeys([]);
  const ofService = knownKeys(["services", "any"]);
  if (top.includes(first)) {
    const place = resolve(config, steps);
    if (!place.ok) return place;
    const [part, name] = place.value;
    if (part === "services" && !Object.hasOwn(services, name ?? "")) return noService(`${name ?? ""}`, services);
    return { ok: true, value: [place.value] };
  }
  if (!ofService.includes(first)) {
    const suggestion = nearest(first, [...top, ...ofService]);
    const message = `there is no field "${first}" in a config or a service`;
    return suggestion === undefined
      ? refused(`${message}; a service has ${ofService.join(", ")}`)
      : { ok: false, message, suggestion };
  }
  const places: FaultPath[] = [];
  for (const [name, service] of Object.entries(services)) {
    const place = resolve(service, steps);
    if (!place.ok) return place;
    places.push(["services", name, ...place.value]);
  }
  return { ok: true, value: places };
}

/** "a.b[2].c" and 'a["b.c"]' as steps. */
function stepsOf(path: string): string[] {
  return [...path.matchAll(/\["([^"]*)"\]|\[([^\]]*)\]|([^.[\]]+)/g)].map((match) => match[1] ?? match[2] ?? match[3]!);
}

/** Steps as keys and indices of a value: entries of lists by number, id or name; keys may hold dots. */
function resolve(value: unknown, steps: readonly string[]): Reading<FaultPath> {
  const [step, ...rest] = steps;
  if (step === undefined) return { ok: true, value: [] };
  if (Array.isArray(value)) {
    const named = value.findIndex((entry) => isRecord(entry) && (entry.id === step || entry.name === step));
    const index = named >= 0 ? named : /^\d+$/.test(step) ? Number(step) : -1;
    if (index < 0 || index >= value.length) return noEntry(step, value);
    return prepend(index, resolve(value[index], rest));
  }
  const keys = isRecord(value) ? Object.keys(value) : [];
  // Names of services may hold dots, which took them apart.
  for (let length = steps.length; length > 1; length--) {
    const joined = steps.slice(0, length).join(".");
    if (keys.includes(joined))
      return prepend(joined, resolve((value as Record<string, unknown>)[joined], steps.slice(length)));
  }
  return prepend(step, resolve(isRecord(value) ? value[step] : undefined, rest));
}

function noService(name: string, services: Readonly<Record<string, unknown>>): Reading<never> {
  const known = Object.keys(services);
  const suggestion = nearest(name, known);
  const message = `there is no service "${name}"`;
  return suggestion === undefined
    ? refused(`${message}; there are ${known.join(", ")}`)
    : { ok: false, message, suggestion };
}

function noEntry(step: string, entries: readonly unknown[]): Reading<never> {
  const names = entries.flatMap((entry) => (isRecord(entry) ? [entry.id ?? entry.name] : []));
  const known = names.filter((name) => typeof name === "string");
  const suggestion = nearest(step, known);
  const message = `there is no entry "${step}"; the list has ${known.length > 0 ? known.join(", ") : entries.length}`;
  return suggestion === undefined ? refused(message) : { ok: false, message, suggestion };
}

function prepend(step: string | number, rest: Reading<FaultPath>): Reading<FaultPath> {
  return rest.ok ? { ok: true, value: [step, ...rest.value] } : rest;
}

function setAt(parent: unknown, [step, ...rest]: FaultPath, value: unknown): unknown {
  if (step === undefined) return value;
  if (Array.isArray(parent)) return parent.map((entry, index) => (index === step ? setAt(entry, rest, value) : entry));
  const object = isRecord(parent) ? parent : {};
  return { ...object, [step]: setAt(object[step], rest, value) };
}

function refused(message: string): Reading<never> {
  return { ok: false, message };
}
