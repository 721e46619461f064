/**
 * The kinds of PATCH: JSON Patch (RFC 6902), JSON Merge Patch (RFC 7386), and the strategic one, which merges the lists
 * that have a merge key and replaces the others.
 */
import { ApiError, badRequest } from "./objects.ts";

type Json = Record<string, unknown>;

/** Lists of the kinds served here with `patchStrategy: merge`, and the key that tells their items apart. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  ports: "port",
  conditions: "type",
  ownerReferences: "uid",
};
/** In an EndpointSlice all lists are atomic. */
const ATOMIC_KINDS = ["EndpointSlice"];

export function patched(object: Json, patch: unknown, type: string): Json {
  const copy = structuredClone(object);
  if (type === "application/json-patch+json") return jsonPatched(copy, patch);
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) throw badRequest("the patch is no object");
  if (type === "application/merge-patch+json") return merged(copy, patch as Json) as Json;
  if (type === "application/strategic-merge-patch+json") {
    return strategic(copy, patch as Json, !ATOMIC_KINDS.includes(String(object.kind)));
  }
  throw new ApiError(415, "UnsupportedMediaType", `the body of the request was in an unknown format: ${type}`);
}

function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Json = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

function strategic(target: Json, patch: Json, mergesLists: boolean): Json {
  if (patch.$patch === "replace") return withoutDirectives(patch);
  if (Array.isArray(patch.$retainKeys)) {
    const retained = patch.$retainKeys as string[];
    for (const key of Object.keys(target)) if (!retained.includes(key)) delete target[key];
  }
  const result = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith("$")) continue;
    const mergeKey = mergesLists ? MERGE_KEYS[key] : undefined;
    const before = result[key];
    if (value === null) delete result[key];
    else if (Array.isArray(value) && mergeKey !== undefined && Array.isArray(before)) {
      result[key] = mergedList(before as Json[], value as Json[], mergeKey);
    } else if (isObject(value)) result[key] = strategic(isObject(before) ? before : {}, value, mergesLists);
    else result[key] = value;
  }
  for (const [key, order] of Object.entries(patch)) {
    const list = key.startsWith("$setElementOrder/") ? key.slice("$setElementOrder/".length) : null;
    const mergeKey = list === null ? undefined : MERGE_KEYS[list];
    if (list === null || mergeKey === undefined || !Array.isArray(result[list])) continue;
    const wanted = (order as Json[]).map((item) => item[mergeKey]);
    (result[list] as Json[]).sort((a, b) => wanted.indexOf(a[mergeKey]) - wanted.indexOf(b[mergeKey]));
  }
  return result;
}

function mergedList(before: readonly Json[], patch: readonly Json[], key: string): Json[] {
  if (patch.some((item) => item.$patch === "replace")) return patch.filter((item) => item.$patch === undefined);
  const result = before.map((item) => ({ ...item }));
  for (const item of patch) {
    const at = result.findIndex((other) => other[key] === item[key]);
    if (item.$patch === "delete") {
      if (at >= 0) result.splice(at, 1);
    } else if (at >= 0) result[at] = strategic(result[at]!, item, true);
    else result.push(item);
  }
  return result;
}

function withoutDirectives(patch: Json): Json {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith("$")));
}

function jsonPatched(object: Json, patch: unknown): Json {
  if (!Array.isArray(patch)) throw badRequest("a JSON patch is a list");
  for (const { op, path, value, from } of patch as { op: string; path: string; value?: unknown; from?: string }[]) {
    if (op === "test") {
      if (JSON.stringify(at(object, path)) !== JSON.stringify(value)) throw unprocessable(`testing ${path} failed`);
    } else if (op === "move" || op === "copy") {
      const moved = structuredClone(at(object, from ?? ""));
      if (op === "move") set(object, from ?? "", "remove", undefined);
      set(object, path, "add", moved);
    } else if (op === "add" || op === "replace" || op === "remove") set(object, path, op, value);
    else throw badRequest(`unknown operation ${op}`);
  }
  return object;
}

function at(object: unknown, path: string): unknown {
  let found = object;
  for (const key of keysOf(path)) found = isObject(found) || Array.isArray(found) ? (found as Json)[key] : undefined;
  return found;
}

function set(object: Json, path: string, op: "add" | "replace" | "remove", value: unknown): void {
  const keys = keysOf(path);
  const last = keys.pop();
  if (last === undefined) throw unprocessable("the whole document cannot be replaced");
  const parent = at(object, keys.map((key) => `/${key.replace(/~/g, "~0").replace(/\//g, "~1")}`).join(""));
  if (Array.isArray(parent)) {
    const index = last === "-" ? parent.length : Number(last);
    if (!Number.isInteger(index) || index > parent.length) throw unprocessable(`${path} is not there`);
    if (op === "add") parent.splice(index, 0, value);
    else if (index >= parent.length) throw unprocessable(`${path} is not there`);
    else if (op === "remove") parent.splice(index, 1);
    else parent[index] = value;
    return;
  }
  if (!isObject(parent)) throw unprocessable(`${path} is not there`);
  if (op !== "add" && !Object.hasOwn(parent, last)) throw unprocessable(`${path} is not there`);
  if (op === "remove") delete parent[last];
  else parent[last] = value;
}

const keysOf = (path: string) =>
  path === ""
    ? []
    : path
        .slice(1)
        .split("/")
        .map((key) => key.replace(/~1/g, "/").replace(/~0/g, "~"));
const unprocessable = (why: string) => new ApiError(422, "Invalid", `the server rejected our request: ${why}`);
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
