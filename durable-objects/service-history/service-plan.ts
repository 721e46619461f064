/** What the mesh in force says of the service, asked for now and then. */
import type { Service } from "../../src/core/mesh.ts";
import { MESH_CONFIG_NAME } from "../../src/core/mesh-version.ts";
import { checkSlice, type MeshSlice, serviceIn } from "../../src/core/monitor/mesh-slice.ts";
import { within } from "../service-monitor/within.ts";

const REFRESH_MS = 30_000;
const ANSWER_MS = 3_000;

export interface MeshConfigs {
  getByName(name: string): { sliceInForce(service: string): Promise<MeshSlice> };
}

export class ServicePlan {
  readonly #configs: MeshConfigs;
  readonly #service: string;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #known: Service | null = null;

  constructor(configs: MeshConfigs, service: string) {
    this.#configs = configs;
    this.#service = service;
  }

  /** The service as it was heard of last; null before that, and when the mesh has none of that name. Never rejects. */
  async current(): Promise<Service | null> {
    const nowMs = Date.now();
    if (nowMs - this.#askedAtMs < REFRESH_MS) return this.#known;
    this.#askedAtMs = nowMs;
    try {
      const configs = this.#configs.getByName(MESH_CONFIG_NAME);
      const slice = checkSlice(await within(configs.sliceInForce(this.#service), ANSWER_MS));
      if (slice !== null) this.#known = serviceIn(slice, this.#service);
    } catch {
      // What was known stays, and is asked for again.
    }
    return this.#known;
  }
}
