/**
 * What etcd is to an API server: every version of every object since the last compaction, under one counter. Lists are
 * read as of a version, watches from one.
 */
import { type ApiObject, expired } from "./objects.ts";

interface Version {
  readonly revision: number;
  /** Null: deleted. */
  readonly object: ApiObject | null;
}

export interface StoreEvent {
  readonly revision: number;
  readonly resource: string;
  /** Null: it was created, or deleted. */
  readonly before: ApiObject | null;
  readonly object: ApiObject | null;
}

export class Store {
  readonly #versions = new Map<string, Version[]>();
  #events: StoreEvent[] = [];
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  #revision = 100;
  /** Nothing at or before this is known but as the latest version of an object. */
  #compacted = 0;

  get revision(): number {
    return this.#revision;
  }

  get(key: string): ApiObject | null {
    return this.#versions.get(key)?.at(-1)?.object ?? null;
  }

  /** Writes an object, or null to delete it, and stamps it with its version. */
  put(resource: string, key: string, object: ApiObject | null): ApiObject {
    const before = this.get(key);
    const revision = ++this.#revision;
    const stamped = stamp(object ?? before!, revision);
    const versions = this.#versions.get(key) ?? [];
    versions.push({ revision, object: object === null ? null : stamped });
    this.#versions.set(key, versions);
    const event = {
      revision,
      resource,
      before: before && (object === null ? stamped : before),
      object: object && stamped,
    };
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
    return stamped;
  }

  /** All objects under a prefix as of a version, sorted by key. */
  list(prefix: string, revision: number): { readonly key: string; readonly object: ApiObject }[] {
    if (revision < this.#compacted)
      throw expired("The provided continue parameter is too old to display a consistent list");
    const found = [...this.#versions]
      .filter(([key]) => key.startsWith(prefix))
      .flatMap(([key, versions]) => {
        const object = versions.findLast((version) => version.revision <= revision)?.object;
        return object ? [{ key, object }] : [];
      });
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** What happened after a version. */
  since(revision: number): readonly StoreEvent[] {
    if (revision < this.#compacted) {
      throw expired(`too old resource version: ${revision} (${this.#compacted})`);
    }
    return this.#events.filter((event) => event.revision > revision);
  }

  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets what was before now. */
  compact(): void {
    // A version that nobody can have seen yet, so that all that were seen are too old.
    this.#compacted = ++this.#revision;
    this.#events = [];
    for (const [key, versions] of this.#versions) {
      const last = versions.at(-1)!;
      if (last.object === null) this.#versions.delete(key);
      else this.#versions.set(key, [last]);
    }
  }
}

function stamp(object: ApiObject, revision: number): ApiObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}
