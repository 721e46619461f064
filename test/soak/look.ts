/** Looks at a running edge from outside: memory of its process, what its objects hold, what its isolates think. */
import type { Edge } from "../../src/cli/workerd/start-edge.ts";
import type { MonitorDescription } from "../../src/core/monitor/describe.ts";
import { ask } from "../integration/harness/ask.ts";
import type { IsolateView } from "../integration/harness/state.ts";

type Described =
  | { readonly ok: true; readonly description: MonitorDescription; readonly databaseBytes: number }
  | { readonly ok: false; readonly error: string };

export interface ObjectSize {
  readonly object: string;
  /** Entries in memory that could pile up. */
  readonly entries: number;
  readonly databaseBytes: number;
}

async function read<T>(edge: Edge, path: string): Promise<T> {
  const { status, text } = await ask(edge, path);
  if (status !== 200) throw new Error(`${path} answered ${status}: ${text.slice(0, 200)}`);
  return JSON.parse(text) as T;
}

/** What the objects hold; one that cannot say so now (it is being ended) is left out. */
export async function sizesOf(edge: Edge, objects: readonly string[]): Promise<ObjectSize[]> {
  const sizes: ObjectSize[] = [];
  for (const object of objects) {
    const reply = await describeObject(edge, object).catch(() => null);
    if (reply === null || !reply.ok) continue;
    const { windows, reporters, events, unsaid } = reply.description.holds;
    sizes.push({ object, entries: windows + reporters + events + unsaid, databaseBytes: reply.databaseBytes });
  }
  return sizes;
}

export function describeObject(edge: Edge, object: string): Promise<Described> {
  return read(edge, `/__test/describe?object=${encodeURIComponent(object)}`);
}

/** Breakers and endpoints that are not as they should be when everything is well; empty when all are. */
export async function unsettled(edge: Edge, objects: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const object of objects) {
    const reply = await describeObject(edge, object);
    if (!reply.ok) {
      found.push(`${object}: ${reply.error}`);
      continue;
    }
    // Of a lone region the root hears no counts, and what it thinks is in force nowhere.
    if (reply.description.scope === "root" && reply.description.regions <= 1) continue;
    for (const { id, breaker, health } of reply.description.endpoints) {
      if (breaker !== 0) found.push(`${object} ${id}: breaker ${breaker}`);
      if (health !== 0 && health !== 1) found.push(`${object} ${id}: health ${health}`);
    }
  }
  const isolates = await read<IsolateView[]>(edge, "/__test/states");
  for (const [at, { services }] of isolates.entries()) {
    for (const { service, endpoints } of services) {
      for (const { id, breaker, available, ownOutForMs, reason } of endpoints) {
        if (breaker === "closed" && available && ownOutForMs === 0) continue;
        found.push(`isolate ${at} ${service} ${id}: ${breaker}, out for ${Math.round(ownOutForMs)} ms ${reason}`);
      }
    }
  }
  return found;
}
