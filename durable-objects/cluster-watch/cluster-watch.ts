/**
 * The Durable Object of a Kubernetes cluster, by its name in the mesh. Its alarm lists the cluster's Services and slices and
 * watches them for some minutes; the next alarm goes on from there. What changes is offered to the registries of the
 * services that follow. What an answer means is decided in src/discovery/kubernetes; this class carries it.
 */
import { DurableObject } from "cloudflare:workers";
import { describeFault, isForPeople } from "../../src/discovery/kubernetes/fault.ts";
import {
  type Change,
  type Inventory,
  RESOURCES,
  type Resource,
  type StreamKey,
} from "../../src/discovery/kubernetes/inventory.ts";
import { indexSlices, project } from "../../src/discovery/kubernetes/project.ts";
import { NEW_STREAM, type Stream } from "../../src/discovery/kubernetes/stream.ts";
import { RowSeal, type UnopenedRows } from "../../src/security/at-rest/row-seal.ts";
import { openApiServer } from "./api-server.ts";
import { type ClusterDescription, describeCluster } from "./describe.ts";
import { checkFollow, type Follower, type FollowRequest, type Watched } from "./follow.ts";
import { Offers, type Registries } from "./offers.ts";
import { reflect } from "./reflect.ts";
import {
  type ClusterRows,
  forget,
  forgetUnopened,
  readStored,
  SEALED_CLUSTER,
  streamName,
  writeChange,
  writeFollower,
  writeWatched,
} from "./storage.ts";

/** A service that has not asked for so long has left the mesh, or its registry is gone. */
const LEASE_MS = 15 * 60_000;
/** Changes that come together are offered together: a deployment is a burst of them. */
const OFFER_AFTER_MS = 50;
/** A registry that could not be told is told again after this, doubled each time. */
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
/** Nothing in a round throws but a bug, or storage. */
const AFTER_A_BUG_MS = 5_000;
/** Rows that are sealed anew when a round begins: about a second of work. */
const RESEALED = 20_000;

export interface ClusterWatchEnv {
  readonly REGISTRY: Registries;
  /** Keys of 32 characters or more, separated by commas; the first writes, all read. Absent: rows are plain text. */
  readonly HEDDLE_STORAGE_KEY?: string;
}

export type FollowReply =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: "invalid_request" | "other_cluster"; readonly detail: string };

export class ClusterWatch extends DurableObject<ClusterWatchEnv> {
  readonly #rows: ClusterRows;
  readonly #offers: Offers;
  readonly #inventory: Inventory;
  readonly #streams: Map<string, Stream>;
  readonly #followers: Map<string, Follower>;
  #watched: Watched | null;
  /** Ends the round that is going on; null between rounds. */
  #round: AbortController | null = null;
  #offering: ReturnType<typeof setTimeout> | null = null;
  #refusals = 0;
  /** What could not be opened when this life began is gone. */
  #isHealed = false;

  constructor(ctx: DurableObjectState, env: ClusterWatchEnv) {
    super(ctx, env);
    const { storage } = ctx;
    const seal = new RowSeal(storage.sql, env.HEDDLE_STORAGE_KEY, "ClusterWatch", [SEALED_CLUSTER]);
    this.#rows = { storage, seal };
    const { watched, followers, streams, inventory } = readStored(this.#rows);
    this.#offers = new Offers(env.REGISTRY);
    this.#watched = watched;
    this.#followers = new Map(followers);
    this.#streams = new Map(streams);
    this.#inventory = inventory;
  }

  /**
   * The registry of a service says what it takes from the cluster, again and again: after LEASE_MS it is forgotten. It is
   * offered what is known at once, and what changes from then on.
   */
  async follow(value: FollowRequest): Promise<FollowReply> {
    const request = checkFollow(value);
    if (typeof request === "string") return { ok: false, error: "invalid_request", detail: request };
    const { service, cluster, policy, compiledAtMs, sources } = request;
    const name = this.ctx.id.name ?? cluster.name;
    if (cluster.name !== name) return { ok: false, error: "other_cluster", detail: `this is ${name}` };
    this.#setFollower(service, sources.length === 0 ? null : { sources, untilMs: Date.now() + LEASE_MS });
    this.#setWatched({ cluster, policy, compiledAtMs });
    this.#offers.forget(service);
    this.#offerSoon(0);
    await this.#rearm();
    return { ok: true };
  }

  /** What is watched, what is known of it, and who is told. */
  async describe(): Promise<ClusterDescription> {
    await this.#rearm();
    return describeCluster({
      name: this.ctx.id.name ?? this.#watched?.cluster.name ?? "",
      watched: this.#watched,
      isWatching: this.#round !== null,
      streams: this.#keys().map((key) => ({ key, stream: this.#streamOf(key) })),
      inventory: this.#inventory,
      followers: this.#followers,
      toldAtMs: (service, source) => this.#offers.toldAtMs(service, source),
    });
  }

  async unopened(): Promise<UnopenedRows> {
    return this.#rows.seal.unopened;
  }

  /** One round: all streams at once, for the length of a watch. */
  override async alarm(): Promise<void> {
    this.#dropFollowers(Date.now());
    if (!this.#isHealed) forgetUnopened(this.#rows);
    this.#isHealed = true;
    this.#rows.seal.reseal(RESEALED);
    const watched = this.#watched;
    if (watched === null || this.#followers.size === 0 || this.#round !== null) return;
    const round = new AbortController();
    this.#round = round;
    let waitMs = AFTER_A_BUG_MS;
    try {
      // What every registry was told before is told again once in a round: it may have lost it.
      this.#offers.forgetAll();
      this.#offerSoon(0);
      const untilMs = Date.now() + watched.cluster.watchMs;
      await Promise.all(
        this.#keys().map((key) =>
          reflect({
            key,
            inventory: this.#inventory,
            open: () => openApiServer(watched.cluster, this.env, watched.policy),
            stream: () => this.#streamOf(key),
            become: (stream, change) => this.#become(key, stream, change),
            untilMs,
            signal: round.signal,
          }),
        ),
      );
      waitMs = 0;
    } finally {
      this.#round = null;
      await this.ctx.storage.setAlarm(Date.now() + waitMs);
    }
  }

  /** The platform gives an alarm up that has failed six times; whoever asks sets it again. */
  async #rearm(): Promise<void> {
    if (this.#round !== null || this.#watched === null || this.#followers.size === 0) return;
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now());
  }

  #keys(): readonly StreamKey[] {
    if (this.#watched === null) return [];
    const { namespaces } = this.#watched.cluster;
    const scopes = namespaces.length > 0 ? namespaces : [""];
    return RESOURCES.flatMap((resource) => scopes.map((namespace) => ({ resource, namespace })));
  }

  #streamOf(key: StreamKey): Stream {
    return this.#streams.get(streamName(key)) ?? NEW_STREAM;
  }

  #become(key: StreamKey, stream: Stream, change: Change): void {
    const before = this.#streamOf(key);
    this.#streams.set(streamName(key), stream);
    const isMoved = before.resourceVersion !== stream.resourceVersion || before.isSynced !== stream.isSynced;
    if (isMoved || change.size > 0) writeChange(this.#rows, key, stream, change);
    if (change.size > 0 || before.isSynced !== stream.isSynced || before.fault !== stream.fault) {
      this.#offerSoon(OFFER_AFTER_MS);
    }
  }

  #setFollower(service: string, follower: Follower | null): void {
    const before = this.#followers.get(service);
    if (follower === null) this.#followers.delete(service);
    else this.#followers.set(service, follower);
    // A lease that is only renewed is written now and then: an evicted object that finds an old one loses nothing by it.
    const isSame = JSON.stringify(before?.sources) === JSON.stringify(follower?.sources);
    if (!isSame || (follower !== null && follower.untilMs - storedUntil(before) > LEASE_MS / 2)) {
      writeFollower(this.#rows, service, follower);
    } else if (follower !== null && before !== undefined) {
      this.#followers.set(service, { ...follower, untilMs: before.untilMs });
    }
  }

  #dropFollowers(nowMs: number): void {
    for (const [service, { untilMs }] of [...this.#followers]) {
      if (untilMs < nowMs) this.#setFollower(service, null);
    }
  }

  /** Another server has other versions; what is known stays until it has been listed. Other namespaces take theirs along. */
  #setWatched(watched: Watched): void {
    const before = this.#watched;
    if (before !== null && (before.compiledAtMs > watched.compiledAtMs || isSame(before, watched))) return;
    this.#watched = watched;
    writeWatched(this.#rows, watched);
    const isElsewhere = before !== null && before.cluster.apiServer !== watched.cluster.apiServer;
    const keys = new Set(this.#keys().map(streamName));
    const gone = [...this.#streams.keys()].filter((name) => isElsewhere || !keys.has(name));
    for (const name of gone) this.#streams.delete(name);
    // A secret or an address that was mended is tried at once.
    for (const [name, stream] of this.#streams) this.#streams.set(name, { ...stream, dueMs: 0, failures: 0 });
    forget(this.#rows, this.#outside(watched.cluster.namespaces), gone);
    this.#round?.abort();
  }

  /** Takes out, and gives, what is in none of the namespaces that are watched. */
  #outside(namespaces: readonly string[]): ReadonlyMap<Resource, readonly string[]> {
    const outside = new Map<Resource, readonly string[]>();
    if (namespaces.length === 0) return outside;
    for (const resource of RESOURCES) {
      const records = this.#inventory[resource];
      const keys = [...records].filter(([, { namespace }]) => !namespaces.includes(namespace)).map(([key]) => key);
      for (const key of keys) records.delete(key);
      outside.set(resource, keys);
    }
    return outside;
  }

  #offerSoon(ms: number): void {
    if (this.#offering !== null) {
      if (ms >= OFFER_AFTER_MS) return;
      clearTimeout(this.#offering);
    }
    this.#offering = setTimeout(() => {
      this.#offering = null;
      this.ctx.waitUntil(this.#offer());
    }, ms);
  }

  async #offer(): Promise<void> {
    const watched = this.#watched;
    if (watched === null) return;
    const keys = this.#keys();
    const isSynced = keys.every((key) => this.#streamOf(key).isSynced);
    const error = this.#error(keys);
    const slices = indexSlices(this.#inventory);
    const told = [...this.#followers].flatMap(([service, { sources }]) =>
      sources.map((source) => {
        const projection = isSynced ? project(watched.cluster, source, this.#inventory, slices) : null;
        return this.#offers.tell(service, source.name, { projection, error });
      }),
    );
    const isRefused = (await Promise.all(told)).includes(false);
    this.#refusals = isRefused ? this.#refusals + 1 : 0;
    if (isRefused) this.#offerSoon(Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** (this.#refusals - 1)));
  }

  /** What is wrong with the cluster; "" while nothing is. One connection that broke is not worth a word. */
  #error(keys: readonly StreamKey[]): string {
    for (const key of keys) {
      const { fault, failures, isSynced } = this.#streamOf(key);
      if (fault !== null && (failures > 1 || !isSynced || isForPeople(fault))) return describeFault(fault, key);
    }
    return "";
  }
}

/** A mesh that changes nothing about the cluster ends no watch. */
function isSame(one: Watched, other: Watched): boolean {
  return JSON.stringify([one.cluster, one.policy]) === JSON.stringify([other.cluster, other.policy]);
}

function storedUntil(follower: Follower | undefined): number {
  return follower?.untilMs ?? 0;
}
