/** Loads that instances told since the monitors heard of loads: they go to them together, every LOADS_MS. */
import { loadOf } from "../../src/discovery/registry/instance.ts";
import type { RegistryState } from "../../src/discovery/registry/state.ts";
import type { Teller } from "./teller.ts";

const LOADS_MS = 2_000;

export class LoadNews {
  readonly #ids = new Set<string>();

  /** An instance told its load. When to pass it on; Infinity: others have seen to that. */
  note(id: string, nowMs: number): number {
    const isFirst = this.#ids.size === 0;
    this.#ids.add(id);
    return isFirst ? nowMs + LOADS_MS : Number.POSITIVE_INFINITY;
  }

  /** Passes on what there is. Never rejects. */
  async tell({ roster }: RegistryState, teller: Teller, nowMs: number): Promise<void> {
    const instances = [...this.#ids].flatMap((id) => roster.get(id) ?? []);
    this.#ids.clear();
    if (instances.length === 0) return;
    const ids = instances.map(({ endpoint }) => endpoint.id);
    await teller.tellLoads(
      ids,
      instances.map((instance) => loadOf(instance, nowMs)),
    );
  }
}
