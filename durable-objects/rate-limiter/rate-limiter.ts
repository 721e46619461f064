/**
 * The Durable Object of a rate limit, or of a shard of its keys: it lends isolates parts of the limit. What is lent, to whom,
 * and when it comes back is decided in src/core/rate-limit/lease; this class carries time, messages, the definition and rows.
 */
import { DurableObject } from "cloudflare:workers";
import bundled from "heddle:mesh";
import type { Mesh } from "../../src/core/mesh.ts";
import { checkLeaseCall } from "../../src/core/rate-limit/lease/check-call.ts";
import { leftOf } from "../../src/core/rate-limit/lease/ledger.ts";
import { createLimiter, type Limiter, onCall, redefineLimiter } from "../../src/core/rate-limit/lease/limiter.ts";
import { isLeasable, type LeasableCounting } from "../../src/core/rate-limit/lease/meter.ts";
import { placeOfName, shardOfKey } from "../../src/core/rate-limit/lease/shard.ts";
import type { LeaseCall, LeaseReply } from "../../src/core/rate-limit/lease/wire.ts";
import { checkMesh } from "../mesh-config/check-mesh.ts";
import { MESH_CONFIG_NAME } from "../mesh-config/mesh-config.ts";
import { within } from "../service-monitor/within.ts";
import { UsageKeeper } from "./keeper.ts";

/** The config object has so long to answer; a lease waits for it when an isolate runs a later mesh. */
const MESH_ANSWER_MS = 1_000;
/** Between two questions for the mesh. */
const MESH_ASK_MS = 5_000;

export interface RateLimiterEnv {
  readonly MESH_CONFIG?: { getByName(name: string): { current(): Promise<Mesh | null> } };
}

export interface LimiterDescription {
  readonly limit: string;
  readonly counting: LeasableCounting | null;
  /** Of the mesh that defines it. */
  readonly meshAtMs: number;
  readonly callers: number;
  readonly paceMs: number;
  readonly keys: number;
  /** Stored, those included that count no more and are not deleted yet. */
  readonly rows: number;
  readonly counts: Limiter["counts"];
  /** Of the key that was asked for; null when it is not in memory. limit = used + outstanding + left. */
  readonly key: {
    readonly limit: number;
    readonly used: number;
    readonly outstanding: number;
    readonly left: number;
    readonly holders: number;
  } | null;
}

export class RateLimiter extends DurableObject<RateLimiterEnv> {
  readonly #place: { readonly limit: string; readonly shard: number };
  readonly #keeper: UsageKeeper;
  /** Null: no mesh that is known has a limit of this name that could be lent. */
  #limiter: Limiter | null = null;
  #meshAtMs = -1;
  #askMeshAtMs = 0;

  constructor(ctx: DurableObjectState, env: RateLimiterEnv) {
    super(ctx, env);
    this.#place = placeOfName(ctx.id.name ?? "") ?? { limit: "", shard: -1 };
    this.#keeper = new UsageKeeper(ctx.storage, () => this.#limiter!);
    this.#adopt(bundled, Date.now());
  }

  /** Takes in what an isolate used and returns, and lends what it asks for. Never throws. */
  async lease(value: LeaseCall): Promise<LeaseReply> {
    const check = checkLeaseCall(value);
    if (!check.ok) return { ok: false, error: "invalid_call", detail: check.detail };
    const { call } = check;
    const { limit, shard } = this.#place;
    if (call.limit !== limit) return { ok: false, error: "invalid_call", detail: `this is the object of ${limit}` };
    if (call.asks.some(({ key }) => shardOfKey(key) !== shard)) {
      return { ok: false, error: "invalid_call", detail: "a key of another shard" };
    }
    if (call.meshAtMs > this.#meshAtMs || this.#limiter === null) await this.#refreshMesh();
    const limiter = this.#limiter;
    if (limiter === null) return { ok: false, error: "unknown_limit", detail: `the mesh has no global limit ${limit}` };
    const nowMs = Date.now();
    const reply = onCall(limiter, call, nowMs, this.#keeper);
    if (reply.ok) {
      this.#keeper.onAnswered(
        call.asks.map(({ key }) => key),
        nowMs,
      );
    }
    return reply;
  }

  /** What it knows; of one key what is used, out and left. Changes nothing. */
  describe({ key }: { readonly key?: string } = {}): LimiterDescription {
    const limiter = this.#limiter;
    const ledger = key === undefined ? undefined : limiter?.keys.get(key);
    const left = ledger === undefined ? 0 : leftOf(ledger, Date.now());
    return {
      limit: this.#place.limit,
      counting: limiter?.counting ?? null,
      meshAtMs: this.#meshAtMs,
      callers: limiter?.callers.size ?? 0,
      paceMs: limiter?.paceMs ?? 0,
      keys: limiter?.keys.size ?? 0,
      rows: this.#keeper.rows,
      counts: limiter?.counts ?? { calls: 0, refused: 0, crowdedOut: 0 },
      key:
        ledger === undefined
          ? null
          : {
              limit: ledger.meter.limit,
              used: ledger.meter.limit - left - ledger.outstanding,
              outstanding: ledger.outstanding,
              left,
              holders: ledger.sessions.size,
            },
    };
  }

  override async alarm(): Promise<void> {
    const againAtMs = this.#keeper.sweep(Date.now());
    if (againAtMs !== null) await this.ctx.storage.setAlarm(againAtMs);
  }

  /** Asks for the mesh in force, every few seconds at most. Without an answer the one that is known stays. Never rejects. */
  async #refreshMesh(): Promise<void> {
    const namespace = this.env.MESH_CONFIG;
    const nowMs = Date.now();
    if (namespace === undefined || nowMs < this.#askMeshAtMs) return;
    this.#askMeshAtMs = nowMs + MESH_ASK_MS;
    try {
      const mesh = await within(namespace.getByName(MESH_CONFIG_NAME).current(), MESH_ANSWER_MS);
      const check = mesh === null ? null : checkMesh(mesh);
      if (check?.ok) this.#adopt(check.mesh, Date.now());
    } catch {
      // The next call of an isolate with a later mesh asks again.
    }
  }

  /** The limit as a mesh defines it, unless a later one is known. */
  #adopt(mesh: Mesh, nowMs: number): void {
    if (mesh.compiledAtMs <= this.#meshAtMs) return;
    this.#meshAtMs = mesh.compiledAtMs;
    const defined = mesh.rateLimits?.find(({ name, scope }) => name === this.#place.limit && scope.type === "global");
    if (defined === undefined || !isLeasable(defined.counting)) return;
    const { counting } = defined;
    if (this.#limiter === null) this.#limiter = createLimiter(counting, seedOf());
    else if (JSON.stringify(counting) !== JSON.stringify(this.#limiter.counting)) {
      redefineLimiter(this.#limiter, counting, nowMs);
    }
  }
}

/** Chance that callers do not know. */
function seedOf(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}
