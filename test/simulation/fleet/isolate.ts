/** One isolate's dealings with one service: the product's state and sync slot, requests that come at random. */
import type { Mesh, Service } from "../../../src/core/mesh.ts";
import { type MonitorName, shardOf } from "../../../src/core/monitor/monitor-name.ts";
import type { ProbeLease, Snapshot } from "../../../src/core/protocol.ts";
import type { Region } from "../../../src/core/region.ts";
import { type Rng, seededRng } from "../../../src/core/rng.ts";
import {
  beginCall,
  COLO_MAX_AGE_S,
  COLO_WRITE_SHARE,
  createSyncSlot,
  endCall,
  isFree,
  type Occasion,
  onCallDone,
  onCallFailed,
  onDelivered,
  onFlush,
  planSync,
  reportToSend,
  type SyncSlot,
} from "../../../src/core/service-state/sync-slot.ts";
import {
  admit,
  applySnapshot,
  createServiceState,
  mayRetry,
  NO_ENDPOINT,
  onAttemptEnd,
  onAttemptStart,
  pickEndpoint,
  type ServiceState,
} from "../../../src/core/service-state.ts";
import { type EventQueue, schedule } from "../../../src/simulate/engine/event-queue.ts";
import type { Objects } from "./object.ts";
import { TO_OBJECT_MS } from "./places.ts";

/** What the data centre's cache holds for the service. */
export interface Colo {
  snapshot: Snapshot | null;
  putAtMs: number;
}

/** How the endpoints answer now. Mutable: the run changes it. */
export interface Origins {
  readonly latencyMs: number;
  /** Index of the dead one; -1 none. It refuses connections. */
  dead: number;
}

export interface IsolateInput {
  readonly queue: EventQueue;
  readonly objects: Objects;
  readonly mesh: Mesh;
  readonly service: Service;
  readonly region: Region;
  readonly colo: Colo;
  readonly origins: Origins;
  /** Requests per second of this isolate for the service. */
  readonly rps: number;
  readonly seed: number;
  /** Told of every snapshot that came from the object. Default nobody. */
  readonly onSnapshot?: (snapshot: Snapshot) => void;
  /** Told of every request that comes. Default nobody. */
  readonly onRequest?: () => void;
}

const MAX_RETRIES = 2;
const REFUSED_MS = 2;

export class SimIsolate {
  readonly #in: IsolateInput;
  readonly #rng: Rng;
  readonly #object: MonitorName;
  readonly #wayMs: number;
  readonly #reporter: string;
  readonly state: ServiceState;
  readonly slot: SyncSlot = createSyncSlot();
  #warm = false;
  /** When a snapshot first said that the dead endpoint's breaker is not closed; Infinity not yet. */
  toldAtMs = Number.POSITIVE_INFINITY;
  requests = 0;
  lastRequestAtMs = Number.NEGATIVE_INFINITY;
  /** First attempts at the dead endpoint. */
  misled = 0;
  failed = 0;

  constructor(input: IsolateInput) {
    this.#in = input;
    this.#rng = seededRng(input.seed);
    const { service, region, mesh, queue } = input;
    this.#reporter = `isolate-${input.seed}`;
    this.#object = { service: service.name, scope: region, shard: shardOf(this.#reporter, service.stateShards) };
    const [near, far] = TO_OBJECT_MS;
    this.#wayMs = near + (far - near) * this.#rng();
    this.state = createServiceState({ service, region, rng: this.#rng, nowMs: queue.nowMs, edge: mesh.edge });
    this.#planRequest();
  }

  #planRequest(): void {
    const { queue, rps } = this.#in;
    const gapMs = (-Math.log(1 - this.#rng()) * 1_000) / rps;
    schedule(queue, queue.nowMs + gapMs, onArrival, this);
  }

  onRequest(): void {
    const { queue } = this.#in;
    this.#planRequest();
    this.requests += 1;
    this.lastRequestAtMs = queue.nowMs;
    this.#in.onRequest?.();
    if (!this.#warm && isFree(this.slot, queue.nowMs)) this.#call();
    if (admit(this.state, { nowMs: queue.nowMs, rng: this.#rng, requestClass: "" }) === null) this.#attempt(null);
    else this.failed += 1;
    this.#sync("request");
  }

  #attempt(tried: number[] | null): void {
    const { queue, origins } = this.#in;
    const { state } = this;
    const nowMs = queue.nowMs;
    const e = pickEndpoint(state, { nowMs, rng: this.#rng, hashKey: "", tried });
    if (e === NO_ENDPOINT) {
      this.failed += 1;
      return;
    }
    const lease = state.pickedLease;
    onAttemptStart(state, e, nowMs);
    const isDead = e === origins.dead;
    if (isDead && tried === null) this.misled += 1;
    const tookMs = isDead ? REFUSED_MS : origins.latencyMs * (0.5 - 0.5 * Math.log(1 - this.#rng()));
    schedule(queue, nowMs + tookMs, () => this.#onEnd(e, isDead, tookMs, tried, lease), undefined);
  }

  #onEnd(e: number, isDead: boolean, latencyMs: number, tried: number[] | null, lease: ProbeLease | null): void {
    const { nowMs } = this.#in.queue;
    const outcome = isDead ? "connect-failure" : "ok";
    const common = { status: isDead ? 0 : 200, latencyMs, nowMs, isHedge: false, retryAfterMs: 0 };
    onAttemptEnd(this.state, e, { outcome, isRetry: tried !== null, ...common }, lease);
    this.#sync(isDead ? "failure" : "result");
    if (!isDead) return;
    const attempts = tried?.length ?? 0;
    if (attempts >= MAX_RETRIES || !mayRetry(this.state, { nowMs, rng: this.#rng, hadLease: lease !== null })) {
      this.failed += 1;
      return;
    }
    this.#attempt([...(tried ?? []), e]);
  }

  #sync(why: Occasion): void {
    const { queue } = this.#in;
    const waitMs = planSync(this.slot, this.state, queue.nowMs, why);
    if (waitMs === 0) this.#call();
    else if (waitMs > 0) schedule(queue, queue.nowMs + waitMs, onFlushTime, this);
  }

  flush(): void {
    if (onFlush(this.slot, this.#in.queue.nowMs)) this.#call();
  }

  #call(): void {
    const { queue, objects, mesh, region, colo } = this.#in;
    const sinceMs = queue.nowMs;
    beginCall(this.slot, sinceMs);
    const isCached = colo.snapshot !== null && sinceMs - colo.putAtMs <= COLO_MAX_AGE_S * 1_000;
    if (!this.#warm && isCached) this.#accept({ ...colo.snapshot!, leases: [] });
    const report = reportToSend(
      this.slot,
      this.state,
      { meshVersion: mesh.version, region, reporter: this.#reporter },
      sinceMs,
    );
    const reply = (snapshot: Snapshot | null) => {
      schedule(queue, queue.nowMs + this.#wayMs, () => this.#onReply(snapshot, sinceMs), undefined);
    };
    schedule(queue, sinceMs + this.#wayMs, () => objects.sync(this.#object, report, reply), undefined);
  }

  #onReply(snapshot: Snapshot | null, sinceMs: number): void {
    const { colo, queue } = this.#in;
    if (snapshot === null) {
      onCallFailed(this.slot, "overloaded", true);
    } else {
      onDelivered(this.slot);
      this.#accept(snapshot);
      this.#in.onSnapshot?.(snapshot);
      if (this.#rng() < COLO_WRITE_SHARE) {
        colo.snapshot = snapshot;
        colo.putAtMs = queue.nowMs;
      }
      onCallDone(this.slot);
    }
    endCall(this.slot, sinceMs);
  }

  #accept(snapshot: Snapshot): void {
    const { queue, origins } = this.#in;
    applySnapshot(this.state, snapshot, queue.nowMs);
    this.#warm = true;
    if (
      origins.dead >= 0 &&
      this.toldAtMs === Number.POSITIVE_INFINITY &&
      this.state.shared.breaker[origins.dead] !== 0
    )
      this.toldAtMs = queue.nowMs;
  }
}

function onArrival(isolate: SimIsolate): void {
  isolate.onRequest();
}

function onFlushTime(isolate: SimIsolate): void {
  isolate.flush();
}
