/**
 * Keeps the versions of the config: the single writer. One object, named MESH_CONFIG_NAME. Whoever changes the mesh does it
 * here, based on the version in force or not at all; monitors and isolates hear of it and fetch it.
 */
import { DurableObject } from "cloudflare:workers";
import bundled from "heddle:mesh";
import type { Mesh } from "../../src/core/mesh.ts";
import {
  type ApplyReply,
  type ApplyRequest,
  type GuardStatus,
  type MeshConfigRpc,
  type MeshRefusal,
  NO_CONFIG,
  type PinReply,
  type PinRequest,
  type RefusedVersion,
  type RollbackRequest,
  type StoredVersion,
  type SubscribeReply,
  type SubscribeRequest,
  type VersionMeta,
} from "../../src/core/mesh-version.ts";
import { type MeshSlice, sliceOf } from "../../src/core/monitor/mesh-slice.ts";
import type { MeshChangedReply, TotalsReply } from "../service-monitor/replies.ts";
import { type Candidate, guardOf, type InForce, isWatched, type Refused, refusalOf, stamp } from "./acceptance.ts";
import { announce, type Progress } from "./announce.ts";
import { carryMarks, clearMarks, type GuardWatch, guardRound, openWatch } from "./guard-watch.ts";
import { type MeshKv, withdraw } from "./mesh-kv.ts";
import { forgetRefusals, insertRefusals, refusalsIn } from "./refusals.ts";
import { checkApply, checkPage, checkPin, checkPut, checkRefusals, checkRollback, checkSubscribe } from "./requests.ts";
import { openStore, readMesh } from "./store.ts";
import { present, SUBSCRIBE_EVERY_MS, subscribe, trimSubscribers } from "./subscribers.ts";
import type { StoreState } from "./tables.ts";
import {
  headOf,
  insertVersion,
  meshTextOf,
  type NewVersion,
  pinVersion,
  sourceOf,
  trim,
  versionOf,
  versionsBefore,
  versionsWith,
  writeGuard,
} from "./versions.ts";

export { MESH_CONFIG_NAME } from "../../src/core/mesh-version.ts";

/** Between two rounds over the monitors while a version is watched. */
const GUARD_ROUND_MS = 2_000;
/** Those that have not heard are told again after so long, twice as long each time. */
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;

export interface MeshConfigEnv {
  readonly SERVICE_MONITOR?: {
    getByName(name: string): {
      meshChanged(slice: MeshSlice): Promise<MeshChangedReply>;
      totals(): Promise<TotalsReply>;
    };
  };
  readonly MESH_KV?: MeshKv;
}

export type PutMeshReply =
  | { readonly ok: true; readonly version: string }
  | {
      readonly ok: false;
      readonly error: "invalid_mesh" | "older_mesh" | "too_large" | "newer_storage";
      readonly detail: string;
    };

/** What becomes of a guard when another version takes over. */
interface Takeover {
  readonly state: Exclude<GuardStatus["state"], "watching">;
  readonly reason: string;
  /** A guard of the next version goes on with the same time before. */
  readonly isCarried?: true;
}

const LATER = "a later version of this code has written the store; this one leaves it alone";

export class MeshConfig extends DurableObject<MeshConfigEnv> implements MeshConfigRpc {
  readonly #stored: StoreState;
  #head: VersionMeta | null;
  /** The mesh in force; undefined before somebody has asked. */
  #mesh: Mesh | null | undefined;
  #watch: GuardWatch | null = null;
  #progress: Progress = { isPublished: false, missedRounds: 0 };
  #isAlarmRunning = false;

  constructor(ctx: DurableObjectState, env: MeshConfigEnv) {
    super(ctx, env);
    this.#stored = openStore(ctx.storage);
    this.#head = this.#stored === "later" ? null : headOf(ctx.storage.sql);
  }

  /** The version in force; null when nothing was ever applied, or a later version of this code wrote the store. */
  async head(): Promise<VersionMeta | null> {
    await this.#rearm();
    return this.#head;
  }

  async history(request: { readonly before?: number; readonly limit?: number } = {}): Promise<readonly VersionMeta[]> {
    if (this.#stored === "later") return [];
    const { before, limit } = checkPage(request);
    return versionsBefore(this.ctx.storage.sql, before, limit);
  }

  async read(version: number): Promise<StoredVersion | null> {
    if (this.#stored === "later" || !Number.isSafeInteger(version)) return null;
    const { sql } = this.ctx.storage;
    const meta = versionOf(sql, version);
    const mesh = meta === null ? null : readMesh(sql, version);
    return meta === null || mesh === null ? null : { meta, source: sourceOf(sql, version), mesh };
  }

  /** The mesh in force; null when none was stored, or when a later version of this code wrote it. */
  async current(): Promise<Mesh | null> {
    return this.#current();
  }

  async text(digest: string): Promise<string | null> {
    if (this.#stored === "later" || typeof digest !== "string") return null;
    const { sql } = this.ctx.storage;
    const latest = versionsWith(sql, digest).at(-1);
    return latest === undefined ? null : meshTextOf(sql, latest.version);
  }

  async slice(service: string): Promise<MeshSlice | null> {
    return this.#slice(service);
  }

  /** The same of whatever runs: the bundled mesh where it is later, or nothing was applied. */
  async sliceInForce(service: string): Promise<MeshSlice> {
    const mesh = this.#current();
    return sliceOf(mesh === null || mesh.compiledAtMs < bundled.compiledAtMs ? bundled : mesh, service);
  }

  /** Makes a version if `base` is in force. Durable when answered; announced at once after it. */
  async apply(value: ApplyRequest): Promise<ApplyReply> {
    const checked = await checkApply(value);
    if (!checked.ok) return this.#refuse(checked);
    const { digest, content, base, author, message, source, guardMs } = checked.request;
    // From here on nothing is waited for: what is compared is what is in force when it is written.
    const inForce = this.#inForce();
    const refused = this.#refusal({ digest, base, onGuard: guardMs === undefined ? "is-stopped" : "replaces" });
    if (refused !== null) return this.#refuse(refused);
    const nowMs = Date.now();
    const guard = guardMs === undefined ? null : guardOf(inForce, nowMs + guardMs);
    if (guard !== null && !guard.ok) return this.#refuse(guard);
    const version = this.#commit(
      {
        meta: {
          ...{ digest, compiledAtMs: stamp(inForce, nowMs), atMs: nowMs, author, message, kind: "apply" },
          ...(guard !== null && { guard: guard.status }),
        },
        content: { mesh: content, source },
      },
      { state: "ended", reason: `version ${base + 1} took over, and its guard watches both`, isCarried: true },
    );
    return { ok: true, version };
  }

  /** Makes a version of the content of a former one. Ends a guard. */
  async rollback(value: RollbackRequest): Promise<ApplyReply> {
    const checked = checkRollback(value);
    if (!checked.ok) return this.#refuse(checked);
    const { to, base = this.#head?.version ?? NO_CONFIG, author, message } = checked.request;
    const target = this.#stored === "later" ? null : versionOf(this.ctx.storage.sql, to);
    const refused = this.#refusal({ digest: target?.digest ?? "", base, onGuard: "ends" });
    if (refused !== null) return this.#refuse(refused);
    if (target === null) return this.#refuse({ error: "unknown_version", detail: `version ${to} is not kept` });
    const version = this.#goBack(
      target,
      { kind: "rollback", author, message },
      { state: "ended", reason: `rolled back by ${author || "hand"} to version ${to}` },
    );
    return { ok: true, version };
  }

  async pin(value: PinRequest): Promise<PinReply> {
    const checked = checkPin(value);
    if (!checked.ok) return checked;
    if (this.#stored === "later") return { ok: false, error: "newer_storage", detail: LATER };
    const reply = pinVersion(this.ctx.storage.sql, checked.request);
    if (reply.ok && this.#head?.version === reply.version.version) {
      this.#head = { ...this.#head, pinned: reply.version.pinned };
    }
    return reply;
  }

  /**
   * Puts a compiled mesh in force without compare-and-set, as development does. One compiled before the one in force is
   * refused; the same one again is not. Ends a guard.
   */
  async put(value: unknown): Promise<PutMeshReply> {
    const nowMs = Date.now();
    const check = checkPut(value, nowMs);
    if (!check.ok) return check;
    const { digest, compiledAtMs, content } = check.request;
    if (this.#stored === "later") return { ok: false, error: "newer_storage", detail: LATER };
    const head = this.#head;
    if (head !== null && compiledAtMs < head.compiledAtMs) {
      return { ok: false, error: "older_mesh", detail: `${head.digest} was compiled later and stays in force` };
    }
    if (head?.digest === digest && head.compiledAtMs === compiledAtMs) return { ok: true, version: digest };
    const meta = { digest, compiledAtMs, atMs: nowMs, author: "", message: "", kind: "apply" } as const;
    const takeover = { state: "ended", reason: "a mesh was put in force directly" } as const;
    this.#commit({ meta, content: { mesh: content, source: null } }, takeover);
    return { ok: true, version: digest };
  }

  /** A monitor that wants to hear of new versions, and of the one in force when it runs an older one. */
  async subscribe(value: SubscribeRequest): Promise<SubscribeReply> {
    const request = checkSubscribe(value);
    if (request === null) {
      return { ok: false, error: "invalid_request", detail: "not a monitor's name with the digest and time of a mesh" };
    }
    if (this.#stored === "later") return { ok: true, slice: null, againMs: SUBSCRIBE_EVERY_MS };
    const inForceMs = this.#head?.compiledAtMs ?? 0;
    subscribe(this.ctx.storage.sql, request.monitor, Math.max(inForceMs, request.compiledAtMs), Date.now());
    await this.#rearm();
    const slice = request.compiledAtMs < inForceMs ? this.#slice(request.name.service) : null;
    return { ok: true, slice, againMs: SUBSCRIBE_EVERY_MS };
  }

  async noteRefusals(value: readonly MeshRefusal[]): Promise<number> {
    const refusals = checkRefusals(value);
    if (this.#stored === "later" || refusals.length === 0) return 0;
    const { storage } = this.ctx;
    return storage.transactionSync(() => insertRefusals(storage.sql, refusals, Date.now()));
  }

  async refusals(): Promise<readonly RefusedVersion[]> {
    return this.#stored === "later" ? [] : refusalsIn(this.ctx.storage.sql);
  }

  override async alarm(): Promise<void> {
    const head = this.#head;
    if (head === null) return;
    this.#isAlarmRunning = true;
    try {
      trimSubscribers(this.ctx.storage.sql, Date.now());
      await Promise.all([this.#announce(head), this.#watchGuard(head)]);
    } finally {
      this.#isAlarmRunning = false;
    }
    const waitMs = this.#waitMs();
    if (waitMs === null) return;
    const atMs = Date.now() + waitMs;
    const setMs = await this.ctx.storage.getAlarm();
    if (setMs === null || setMs > atMs) await this.ctx.storage.setAlarm(atMs);
  }

  /** When to go round again; null: there is nothing to do. */
  #waitMs(): number | null {
    const { missedRounds } = this.#progress;
    const retryMs = missedRounds === 0 ? null : Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** Math.min(missedRounds - 1, 10));
    return isWatched(this.#head) ? Math.min(retryMs ?? GUARD_ROUND_MS, GUARD_ROUND_MS) : retryMs;
  }

  /** The platform gives an alarm up that has failed six times; whoever looks sets it again. */
  async #rearm(): Promise<void> {
    if (!isWatched(this.#head) || this.#isAlarmRunning) return;
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + GUARD_ROUND_MS);
  }

  async #announce(head: VersionMeta): Promise<void> {
    const monitors = this.env.SERVICE_MONITOR;
    await announce(
      {
        storage: this.ctx.storage,
        kv: this.env.MESH_KV,
        tell: monitors && ((monitor, slice) => monitors.getByName(monitor).meshChanged(slice)),
        head,
        sliceOf: (service) => this.#slice(service),
        isOver: () => this.#head?.version !== head.version,
      },
      this.#progress,
    );
  }

  /** One round of the guard, and what follows from it. */
  async #watchGuard(head: VersionMeta): Promise<void> {
    const monitors = this.env.SERVICE_MONITOR;
    if (head.guard?.state !== "watching" || monitors === undefined) return;
    const { storage } = this.ctx;
    const { fallback, untilMs } = head.guard;
    this.#watch ??= openWatch(storage.sql, namesIn(this.#current()), namesIn(readMesh(storage.sql, fallback)));
    const watch = this.#watch;
    const found = await guardRound({
      storage,
      watch,
      monitors: present(storage.sql, Date.now()),
      ask: (monitor) => monitors.getByName(monitor).totals(),
      sinceMs: head.atMs,
      // Somebody may speak meanwhile: then there is nothing left to watch, or something else.
      isOver: () => this.#watch !== watch,
    });
    if (found === null) return;
    const target = versionOf(storage.sql, fallback);
    const { reason } = found;
    if (found.isWorse && target !== null) {
      const message = `version ${head.version} was watched: ${reason}`;
      this.#goBack(target, { kind: "guard-rollback", author: "", message }, { state: "rolled-back", reason });
      return;
    }
    const isPassed = Date.now() >= untilMs;
    const guard: GuardStatus = { ...head.guard, state: isPassed ? "passed" : "watching", reason };
    // What was seen on the way is for those who look; a row has it when it is final.
    if (isPassed) this.#endGuard(head, guard);
    this.#head = { ...this.#head!, guard };
  }

  #endGuard(head: VersionMeta, guard: GuardStatus): void {
    const { storage } = this.ctx;
    storage.transactionSync(() => {
      writeGuard(storage.sql, head, guard);
      clearMarks(storage.sql);
    });
    this.#watch = null;
  }

  #goBack(
    target: VersionMeta,
    said: Pick<VersionMeta, "kind" | "author" | "message">,
    takeover: Takeover,
  ): VersionMeta {
    const nowMs = Date.now();
    const compiledAtMs = stamp(this.#inForce(), nowMs);
    const meta = { digest: target.digest, compiledAtMs, atMs: nowMs, ...said, of: target.version };
    return this.#commit({ meta, content: { of: target.version } }, takeover);
  }

  /** Stores a version and puts it in force: one transaction with everything that goes with it. */
  #commit(next: NewVersion, { state, reason, isCarried }: Takeover): VersionMeta {
    const { storage } = this.ctx;
    const former = this.#head;
    const { version, gone } = storage.transactionSync(() => {
      const version = insertVersion(storage.sql, next);
      if (former?.guard?.state === "watching") writeGuard(storage.sql, former, { ...former.guard, state, reason });
      if (isCarried) carryMarks(storage.sql);
      else clearMarks(storage.sql);
      const gone = trim(storage.sql, [version.version, version.guard?.fallback ?? version.version]);
      forgetRefusals(storage.sql, gone);
      return { version, gone };
    });
    // With no wait in between, the alarm is of the same write: whoever finds the version finds the alarm.
    void storage.setAlarm(Date.now());
    this.#head = version;
    this.#mesh = undefined;
    this.#watch = null;
    this.#progress = { isPublished: false, missedRounds: 0 };
    if (this.env.MESH_KV !== undefined) this.ctx.waitUntil(withdraw(this.env.MESH_KV, gone));
    return version;
  }

  #refusal(candidate: Candidate): Refused | null {
    if (this.#stored === "later") return { error: "newer_storage", detail: LATER };
    return refusalOf(this.#inForce(), candidate);
  }

  #refuse({ error, detail }: Refused): ApplyReply {
    return { ok: false, error, detail, current: this.#head };
  }

  #inForce(): InForce {
    return { head: this.#head, bundledAtMs: bundled.compiledAtMs };
  }

  #current(): Mesh | null {
    if (this.#mesh === undefined) {
      this.#mesh = this.#head === null ? null : readMesh(this.ctx.storage.sql, this.#head.version);
    }
    return this.#mesh;
  }

  #slice(service: string): MeshSlice | null {
    const mesh = this.#current();
    return mesh === null ? null : sliceOf(mesh, service);
  }
}

function namesIn(mesh: Mesh | null): ReadonlySet<string> {
  return new Set(mesh?.services.map(({ name }) => name));
}
