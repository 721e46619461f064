/** What the mesh in force says of the service, asked for now and then. */
import { MESH_CONFIG_NAME } from "../../src/core/mesh-version.ts";
import { checkSlice, type MeshSlice, serviceIn } from "../../src/core/monitor/mesh-slice.ts";
import { type Settings, settingsOf } from "../../src/discovery/registry/state.ts";
import { parseAllowances } from "../../src/security/endpoint-url.ts";
import { within } from "../service-monitor/within.ts";

/** It is asked for as often while there is something to do, for want of a better word. */
const REFRESH_MS = 15_000;
/** Without an answer, again after so long. */
const RETRY_MS = 1_000;
const ANSWER_MS = 5_000;

export interface MeshSettingsEnv {
  readonly MESH_CONFIG: { getByName(name: string): { sliceInForce(service: string): Promise<MeshSlice> } };
  /** What else URLs of endpoints may be: "http,private,loopback,self". */
  readonly HEDDLE_ALLOW_ENDPOINTS?: string;
  /** Hostnames that the mesh answers, beside those that its config names, separated by commas. */
  readonly HEDDLE_MESH_HOSTNAMES?: string;
}

export class MeshSettings {
  readonly #env: MeshSettingsEnv;
  readonly #service: string;
  readonly #onSettings: (settings: Settings | null) => void;
  #asking: Promise<void> | null = null;
  #dueMs = Number.NEGATIVE_INFINITY;
  /** Of the slice that was taken in last; null: none was. */
  #slice: Pick<MeshSlice, "version" | "compiledAtMs"> | null = null;

  /** `onSettings`: called when the mesh is another one; null: it says nothing of discovery for the service. */
  constructor(env: MeshSettingsEnv, service: string, onSettings: (settings: Settings | null) => void) {
    this.#env = env;
    this.#service = service;
    this.#onSettings = onSettings;
  }

  /** Some mesh was heard of. */
  get isKnown(): boolean {
    return this.#slice !== null;
  }

  /** When it is asked for again. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** There may be another mesh by now. */
  expire(): void {
    this.#dueMs = Number.NEGATIVE_INFINITY;
  }

  /** Fulfilled when the settings are those of a mesh in force lately; without an answer the ones known stay. Never rejects. */
  fresh(): Promise<void> {
    if (this.#asking !== null) return this.#slice === null ? this.#asking : Promise.resolve();
    if (Date.now() < this.#dueMs) return Promise.resolve();
    this.#asking = this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    this.#dueMs = Date.now() + RETRY_MS;
    try {
      const namespace = this.#env.MESH_CONFIG.getByName(MESH_CONFIG_NAME);
      const value = await within(namespace.sliceInForce(this.#service), ANSWER_MS);
      const slice = checkSlice(value);
      if (slice === null) return;
      this.#dueMs = Date.now() + REFRESH_MS;
      this.#take({ ...slice, ...(value.discovery && { discovery: value.discovery }) });
    } catch {
      // The next question asks again.
    }
  }

  #take(slice: MeshSlice): void {
    if (this.#slice?.version === slice.version && this.#slice.compiledAtMs === slice.compiledAtMs) return;
    this.#slice = { version: slice.version, compiledAtMs: slice.compiledAtMs };
    const { HEDDLE_ALLOW_ENDPOINTS, HEDDLE_MESH_HOSTNAMES = "" } = this.#env;
    const { allow } = parseAllowances(HEDDLE_ALLOW_ENDPOINTS);
    const self = HEDDLE_MESH_HOSTNAMES.split(/[\s,]+/).filter((name) => name !== "");
    this.#onSettings(settingsOf(slice, serviceIn(slice, this.#service), { allow, self }));
  }
}
