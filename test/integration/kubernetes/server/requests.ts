/** What the verbs of the API do to the store. */
import { randomUUID } from "node:crypto";
import { groupVersion, type Kind } from "./kinds.ts";
import { ApiError, type ApiObject, badRequest, conflict, expired, invalid, notFound } from "./objects.ts";
import { patched } from "./patches.ts";
import { selectorOf } from "./selectors.ts";
import type { Store } from "./store.ts";

/** Where a request goes. */
export interface Target {
  readonly kind: Kind;
  /** "": all of them, or none for what has none. */
  readonly namespace: string;
  /** "": the collection. */
  readonly name: string;
  readonly isStatus: boolean;
}

export interface Listed {
  readonly items: readonly ApiObject[];
  readonly metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
}

const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

export function prefixOf({ kind, namespace }: Target): string {
  return namespace === "" ? `${kind.resource}/` : `${kind.resource}/${namespace}/`;
}

export function keyOf({ kind, namespace, name }: Target): string {
  return kind.isNamespaced ? `${kind.resource}/${namespace}/${name}` : `${kind.resource}/${name}`;
}

/** A list, or a page of one: later pages are as of the version of the first. */
export function list(store: Store, target: Target, query: URLSearchParams): Listed {
  const limit = Number(query.get("limit") ?? 0);
  const token = query.get("continue");
  const asked = query.get("resourceVersion") ?? "";
  let [revision, after] = [store.revision, ""];
  if (token) ({ revision, after } = readToken(token));
  else if (query.get("resourceVersionMatch") === "Exact") revision = Number(asked);
  else if (Number(asked) > store.revision) {
    throw new ApiError(504, "Timeout", `Too large resource version: ${asked}, current: ${store.revision}`);
  }
  const selector = selectorOf(query);
  const all = store.list(prefixOf(target), revision).filter(({ key, object }) => key > after && selector(object));
  const page = limit > 0 ? all.slice(0, limit) : all;
  const rest = all.length - page.length;
  const next = Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start: page.at(-1)?.key })).toString(
    "base64url",
  );
  return {
    items: page.map(({ object }) => object),
    metadata: { resourceVersion: String(revision), ...(rest > 0 && { continue: next, remainingItemCount: rest }) },
  };
}

function readToken(token: string): { revision: number; after: string } {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, "base64url").toString()) as { rv: unknown; start: unknown };
    if (typeof rv === "number" && typeof start === "string") return { revision: rv, after: start };
  } catch {
    // Refused below.
  }
  throw badRequest("continue key is not valid");
}

export function get(store: Store, target: Target): ApiObject {
  const object = store.get(keyOf(target));
  if (object === null) throw notFound(target.kind.resource, target.name);
  return object;
}

export function create(store: Store, target: Target, body: unknown, dryRun: boolean): ApiObject {
  const { kind, namespace } = target;
  const given = checkBody(body, target);
  const meta = (given.metadata ?? {}) as Record<string, unknown>;
  if (meta.resourceVersion) throw badRequest("resourceVersion should not be set on objects to be created");
  const generated = typeof meta.generateName === "string" ? `${meta.generateName}${randomUUID().slice(0, 5)}` : "";
  const name = typeof meta.name === "string" && meta.name !== "" ? meta.name : generated;
  if (!NAME.test(name)) throw invalid(kind.kind, name, "metadata.name", "Invalid value");
  if (kind.isNamespaced && store.get(`namespaces/${namespace}`) === null) throw notFound("namespaces", namespace);
  const key = keyOf({ ...target, name });
  if (store.get(key) !== null) {
    throw new ApiError(409, "AlreadyExists", `${kind.resource} "${name}" already exists`, {
      name,
      kind: kind.resource,
    });
  }
  const object: ApiObject = {
    ...given,
    apiVersion: groupVersion(kind),
    kind: kind.kind,
    metadata: {
      ...meta,
      name,
      ...(kind.isNamespaced && { namespace }),
      uid: randomUUID(),
      resourceVersion: "",
      generation: 1,
      creationTimestamp: new Date().toISOString().replace(/\.[0-9]+Z$/, "Z"),
    },
  };
  const { status: _, ...withoutStatus } = object;
  const admitted = kind.admit(withoutStatus as ApiObject, null);
  return dryRun ? admitted : store.put(kind.resource, key, admitted);
}

export function replace(store: Store, target: Target, body: unknown, dryRun: boolean): ApiObject {
  const given = checkBody(body, target);
  const before = get(store, target);
  const meta = (given.metadata ?? {}) as Record<string, unknown>;
  if (meta.name !== target.name) throw badRequest("the name of the object does not match the name on the URL");
  if (meta.resourceVersion && meta.resourceVersion !== before.metadata.resourceVersion) {
    throw conflict(
      target.kind.resource,
      target.name,
      "the object has been modified; please apply your changes to the latest version and try again",
    );
  }
  return write(store, target, before, given as ApiObject, dryRun);
}

export function patch(store: Store, target: Target, body: unknown, type: string, dryRun: boolean): ApiObject {
  const before = get(store, target);
  const after = patched(before as never, body, type) as unknown as ApiObject;
  if (after.metadata?.resourceVersion !== before.metadata.resourceVersion) {
    throw conflict(target.kind.resource, target.name, "the object has been modified");
  }
  return write(store, target, before, after, dryRun);
}

/** What the server decides about an object stays; a status changes by its subresource and by nothing else. */
function write(store: Store, target: Target, before: ApiObject, after: ApiObject, dryRun: boolean): ApiObject {
  const { uid, creationTimestamp, namespace, name, resourceVersion, generation = 1 } = before.metadata;
  const fixed = { uid, creationTimestamp, name, resourceVersion, ...(namespace !== undefined && { namespace }) };
  const next: ApiObject = target.isStatus
    ? { ...before, status: after.status }
    : {
        ...after,
        apiVersion: before.apiVersion,
        kind: before.kind,
        metadata: { ...after.metadata, ...fixed, generation },
        ...(before.status !== undefined && { status: before.status }),
      };
  const admitted = target.kind.admit(next, before);
  if (JSON.stringify(admitted) === JSON.stringify(before)) return before;
  if (!target.isStatus && JSON.stringify(admitted.spec) !== JSON.stringify(before.spec)) {
    admitted.metadata.generation = generation + 1;
  }
  return dryRun ? admitted : store.put(target.kind.resource, keyOf(target), admitted);
}

/** Gives the object as it was last. */
export function remove(store: Store, target: Target, body: unknown, dryRun: boolean): ApiObject {
  const before = get(store, target);
  const { preconditions } = (body ?? {}) as { preconditions?: { uid?: string; resourceVersion?: string } };
  const { uid, resourceVersion } = before.metadata;
  if ((preconditions?.uid ?? uid) !== uid || (preconditions?.resourceVersion ?? resourceVersion) !== resourceVersion) {
    throw conflict(target.kind.resource, target.name, "Precondition failed");
  }
  return dryRun ? before : store.put(target.kind.resource, keyOf(target), null);
}

/** From which version a watch begins; null: from what there is. */
export function watchedFrom(store: Store, query: URLSearchParams): number | null {
  const text = query.get("resourceVersion") ?? "";
  if (text === "" || text === "0") return null;
  if (!/^[0-9]+$/.test(text)) throw badRequest(`invalid resource version "${text}"`);
  // From before a restart that lost everything, say: what it asks for will not come.
  if (Number(text) > store.revision) throw expired(`Too large resource version: ${text}, current: ${store.revision}`);
  return Number(text);
}

function checkBody(body: unknown, { kind }: Target): Record<string, unknown> {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw badRequest("the object provided is unrecognized");
  const { apiVersion = groupVersion(kind), kind: given = kind.kind } = body as Record<string, unknown>;
  if (apiVersion !== groupVersion(kind) || given !== kind.kind) {
    throw badRequest(
      `${kind.kind} in version "${groupVersion(kind)}" cannot be handled as a ${given} of ${apiVersion}`,
    );
  }
  return body as Record<string, unknown>;
}
