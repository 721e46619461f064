/**
 * What the registries of the services are told: each source's endpoints when they change, that the cluster cannot be heard,
 * and both again now and then. One delivery at a time for each source; what could not be delivered is tried again.
 */
import type { Projection } from "../../src/discovery/kubernetes/project.ts";
import type { SourceResult } from "../../src/discovery/source.ts";
import { within } from "../service-monitor/within.ts";

/** A registry has so long to answer. */
const ANSWER_MS = 5_000;

export interface Registries {
  getByName(service: string): { offer(source: string, result: SourceResult): Promise<unknown> };
}

/** What a source has to say: what it found last, null before the first list was complete; "" while all is well. */
export interface Word {
  readonly projection: Projection | null;
  readonly error: string;
}

interface Told {
  /** Of what was delivered. */
  readonly found: string;
  readonly error: string;
  readonly atMs: number;
}

export class Offers {
  readonly #registries: Registries;
  readonly #told = new Map<string, Told>();

  constructor(registries: Registries) {
    this.#registries = registries;
  }

  /** When the source's registry was last told, epoch; 0: not by this life of the object. */
  toldAtMs(service: string, source: string): number {
    return this.#told.get(`${service}\n${source}`)?.atMs ?? 0;
  }

  /** Told again with the next delivery, though nothing changes. */
  forget(service: string): void {
    for (const key of this.#told.keys()) if (key.startsWith(`${service}\n`)) this.#told.delete(key);
  }

  /** Forgets what everybody was told. */
  forgetAll(): void {
    this.#told.clear();
  }

  /**
   * Tells a registry what it does not know yet. False when it could not be told. Never rejects.
   *
   * A cluster that cannot be heard may still have changed: then its endpoints are told first, and the failure after them.
   */
  async tell(service: string, source: string, { projection, error }: Word): Promise<boolean> {
    const key = `${service}\n${source}`;
    const before = this.#told.get(key);
    const found = projection === null ? (before?.found ?? "") : JSON.stringify(projection.found);
    const isKnown = before !== undefined && before.found === found;
    const results: SourceResult[] = [];
    const atMs = Date.now();
    const nextMs = Number.POSITIVE_INFINITY;
    // An end of a failure is an answer, too.
    if (projection !== null && (!isKnown || (error === "" && before.error !== ""))) {
      results.push({ ok: true, atMs, found: projection.found, nextMs });
    }
    if (error !== "" && (results.length > 0 || before?.error !== error))
      results.push({ ok: false, atMs, error, nextMs });
    if (results.length === 0) return true;
    try {
      for (const result of results) {
        await within(Promise.resolve(this.#registries.getByName(service).offer(source, result)), ANSWER_MS);
      }
    } catch {
      this.#told.delete(key);
      return false;
    }
    this.#told.set(key, { found, error, atMs });
    return true;
  }
}
