/** Sources that are asked: which are due, and what they say. */
import { hearSource, type RegistryState } from "../../src/discovery/registry/state.ts";
import type { Source } from "../../src/discovery/source.ts";

export class Looks {
  /** Names of sources that are being asked. */
  readonly #underWay = new Set<string>();
  readonly #sourceOf: (state: RegistryState, name: string) => Source | null;

  /** `sourceOf`: how a source is asked; null for one that tells by itself. */
  constructor(sourceOf: (state: RegistryState, name: string) => Source | null) {
    this.#sourceOf = sourceOf;
  }

  /** When the next source is due; Infinity: none will be. */
  nextMs(state: RegistryState): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { name, nextMs: dueMs } of state.sources.values()) {
      if (!this.#underWay.has(name) && this.#sourceOf(state, name) !== null) nextMs = Math.min(nextMs, dueMs);
    }
    return nextMs;
  }

  /** Asks those that are due. Fulfilled when all have answered; null: none is due. Never rejects. */
  start(state: RegistryState, nowMs: number): Promise<unknown> | null {
    const due = [...state.sources.values()].flatMap((known) => {
      const source = this.#underWay.has(known.name) || known.nextMs > nowMs ? null : this.#sourceOf(state, known.name);
      return source === null ? [] : [{ source, known }];
    });
    if (due.length === 0) return null;
    return Promise.all(
      due.map(async ({ source, known }) => {
        this.#underWay.add(source.name);
        const result = await source.look(nowMs, known);
        this.#underWay.delete(source.name);
        hearSource(state, source.name, result);
      }),
    );
  }
}
