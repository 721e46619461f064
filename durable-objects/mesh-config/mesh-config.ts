/**
 * Keeps the versions of the config: the single writer. One object, named MESH_CONFIG_NAME. Whoever changes the mesh does it
 * here, based on the version in force or not at all; monitors and isolates hear of it and fetch it.
 */
import { DurableObject } from "cloudflare:workers";
import bundled from "heddle:mesh";
import { contentText, digestOf } from "../../src/config/mesh-digest.ts";
import { guardReason } from "../../src/core/guard/judge.ts";
import type { Mesh } from "../../src/core/mesh.ts";
import {
  type ApplyError,
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
import { parseMonitorName } from "../../src/core/monitor/monitor-name.ts";
import type { MeshChangedReply, TotalsReply } from "../service-monitor/replies.ts";
import { announce } from "./announce.ts";
import {
  askTotals,
  BEFORE_MS,
  carryMarks,
  clearMarks,
  countsTraffic,
  type GuardWatch,
  judge,
  onRound,
  openWatch,
} from "./guard-watch.ts";
import { type MeshKv, publish, withdraw } from "./mesh-kv.ts";
import { checkMesh, MAX_MESH_LENGTH } from "./mesh-rows.ts";
import { forgetRefusals, insertRefusals, refusalsIn } from "./refusals.ts";
import { checkApply, checkPin, checkRefusals, checkRollback, checkSubscribe } from "./requests.ts";
import { noteHeard, present, SUBSCRIBE_EVERY_MS, subscribe, trimSubscribers, unheard } from "./subscribers.ts";
import { createTables, dropFormer, formerText, type StoreState, stateOf } from "./tables.ts";
import {
  headOf,
  insertVersion,
  MAX_PINS,
  meshTextOf,
  type NewVersion,
  pinsIn,
  sourceOf,
  trim,
  versionOf,
  versionsBefore,
  versionsWith,
  writeGuard,
  writePin,
} from "./versions.ts";

export const MESH_CONFIG_NAME = "mesh";

/** How far ahead of ours the clock of whoever compiled a mesh may be, ms. */
const MAX_CLOCK_SKEW_MS = 5 * 60_000;
/** Largest source taken, UTF-16 units: with the mesh well within what an RPC carries, 32 MiB. */
const MAX_SOURCE_LENGTH = 4_000_000;
const MAX_HISTORY = 100;
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

/** What goes with a version that takes over: what becomes of a guard, and of what it has seen. */
interface Takeover {
  /** Of the version that is watched until now, if one is. */
  readonly guard: Pick<GuardStatus, "state" | "reason">;
  readonly marks: "clear" | "carry";
}

export class MeshConfig extends DurableObject<MeshConfigEnv> implements MeshConfigRpc {
  readonly #stored: StoreState;
  #head: VersionMeta | null;
  /** The mesh in force; undefined before somebody has asked. */
  #mesh: Mesh | null | undefined;
  #watch: GuardWatch | null = null;
  #isPublished = false;
  /** Rounds of the announcement that did not reach everybody. */
  #retries = 0;
  #isAlarmRunning = false;

  constructor(ctx: DurableObjectState, env: MeshConfigEnv) {
    super(ctx, env);
    const { sql } = ctx.storage;
    const former = stateOf(sql);
    if (former !== "later") ctx.storage.transactionSync(() => createTables(sql));
    if (former === "former") this.#migrate();
    this.#stored = stateOf(sql);
    this.#head = former === "later" ? null : headOf(sql);
  }

  /** The version in force; null when nothing was ever applied, or a later version of this code wrote the store. */
  async head(): Promise<VersionMeta | null> {
    await this.#rearm();
    return this.#head;
  }

  async history(request: { readonly before?: number; readonly limit?: number } = {}): Promise<readonly VersionMeta[]> {
    if (this.#stored === "later") return [];
    const { before, limit } = request ?? {};
    const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
    const rows = isNumber(limit) ? Math.min(limit, MAX_HISTORY) : MAX_HISTORY;
    return versionsBefore(this.ctx.storage.sql, isNumber(before) ? before : Number.MAX_SAFE_INTEGER, rows);
  }

  async read(version: number): Promise<StoredVersion | null> {
    if (this.#stored === "later" || !Number.isSafeInteger(version)) return null;
    const { sql } = this.ctx.storage;
    const meta = versionOf(sql, version);
    const mesh = meta === null ? null : this.#readMesh(version);
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

  /** The slice of the mesh that runs, be it the bundled one: for objects that are not bundled with any. */
  async sliceInForce(service: string): Promise<MeshSlice> {
    const mesh = this.#isBundledLater() ? bundled : (this.#current() ?? bundled);
    return sliceOf(mesh, service);
  }

  /** Makes a version if `base` is in force. Durable when answered; announced at once after it. */
  async apply(value: ApplyRequest): Promise<ApplyReply> {
    const checked = checkApply(value);
    if (!checked.ok) return this.#refuse("invalid_request", checked.detail);
    const { source, base, author, message, guardMs } = checked.request;
    const check = checkMesh(checked.request.mesh);
    if (!check.ok) return this.#refuse("invalid_mesh", check.detail);
    const content = contentText(check.mesh);
    if (content.length > MAX_MESH_LENGTH) {
      return this.#refuse(
        "too_large",
        `the mesh has ${content.length} characters, at most ${MAX_MESH_LENGTH} are kept`,
      );
    }
    if (source.text.length > MAX_SOURCE_LENGTH) {
      const detail = `the source has ${source.text.length} characters, at most ${MAX_SOURCE_LENGTH} are kept`;
      return this.#refuse("too_large", detail);
    }
    const digest = await digestOf(content);
    if (digest !== check.mesh.version) {
      return this.#refuse("invalid_mesh", `the digest is ${digest}, and the mesh says ${check.mesh.version}`);
    }
    // From here on nothing is waited for: what is compared is what is in force when it is written.
    const head = this.#head;
    const refused = this.#refusedNow(base, digest, guardMs !== undefined);
    if (refused !== null) return refused;
    const nowMs = Date.now();
    const isWatched = head?.guard?.state === "watching";
    const fallback = isWatched ? head.guard.fallback : head?.version;
    if (guardMs !== undefined && (fallback === undefined || this.#isBundledLater())) {
      return this.#refuse("invalid_request", "there is no version in force that a guard could go back to");
    }
    const guard =
      guardMs === undefined
        ? {}
        : { guard: { state: "watching", untilMs: nowMs + guardMs, fallback: fallback!, reason: "" } as const };
    const meta = {
      digest,
      compiledAtMs: this.#stamp(nowMs),
      atMs: nowMs,
      author,
      message,
      kind: "apply",
      ...guard,
    } as const;
    const reason = `version ${(head?.version ?? NO_CONFIG) + 1} took over, and its guard watches both`;
    const version = this.#commit(
      { meta, content: { mesh: content, source } },
      {
        guard: { state: "ended", reason },
        marks: isWatched ? "carry" : "clear",
      },
    );
    return { ok: true, version };
  }

  async rollback(value: RollbackRequest): Promise<ApplyReply> {
    const checked = checkRollback(value);
    if (!checked.ok) return this.#refuse("invalid_request", checked.detail);
    const { to, base, author, message } = checked.request;
    if (this.#stored === "later") return this.#refuse("newer_storage", LATER);
    const target = versionOf(this.ctx.storage.sql, to);
    if (target === null) return this.#refuse("unknown_version", `version ${to} is not kept`);
    const refused = this.#refusedNow(base ?? this.#head!.version, target.digest, true);
    if (refused !== null) return refused;
    const version = this.#goBack(
      target,
      { kind: "rollback", author, message },
      { state: "ended", reason: `rolled back by ${author || "hand"}` },
    );
    return { ok: true, version };
  }

  async pin(value: PinRequest): Promise<PinReply> {
    const checked = checkPin(value);
    if (!checked.ok) return { ok: false, error: "invalid_request", detail: checked.detail };
    if (this.#stored === "later") return { ok: false, error: "newer_storage", detail: LATER };
    const { sql } = this.ctx.storage;
    const { version, pinned } = checked.request;
    const known = versionOf(sql, version);
    if (known === null) return { ok: false, error: "unknown_version", detail: `version ${version} is not kept` };
    if (pinned && !known.pinned && pinsIn(sql) >= MAX_PINS) {
      return { ok: false, error: "too_many_pins", detail: `${MAX_PINS} versions are pinned; unpin one first` };
    }
    writePin(sql, version, pinned);
    if (this.#head?.version === version) this.#head = { ...this.#head, pinned };
    return { ok: true, version: { ...known, pinned } };
  }

  /**
   * Puts a compiled mesh in force without compare-and-set, as development does. One compiled before the one in force is
   * refused; the same one again is not. Ends a guard.
   */
  async put(value: unknown): Promise<PutMeshReply> {
    const check = checkMesh(value);
    if (!check.ok) return check;
    const { mesh } = check;
    const nowMs = Date.now();
    if (mesh.compiledAtMs > nowMs + MAX_CLOCK_SKEW_MS) {
      const detail = `compiledAtMs ${mesh.compiledAtMs} is in the future: it would keep every later mesh out`;
      return { ok: false, error: "invalid_mesh", detail };
    }
    const content = contentText(mesh);
    if (content.length > MAX_MESH_LENGTH) {
      const detail = `${content.length} characters, at most ${MAX_MESH_LENGTH} are kept`;
      return { ok: false, error: "too_large", detail };
    }
    if (this.#stored === "later") return { ok: false, error: "newer_storage", detail: LATER };
    const head = this.#head;
    const { version: digest, compiledAtMs } = mesh;
    if (head !== null && compiledAtMs < head.compiledAtMs) {
      return { ok: false, error: "older_mesh", detail: `${head.digest} was compiled later and stays in force` };
    }
    if (head?.digest === digest && head.compiledAtMs === compiledAtMs) return { ok: true, version: digest };
    const meta = { digest, compiledAtMs, atMs: nowMs, author: "", message: "", kind: "apply" } as const;
    const guard = { state: "ended", reason: "a mesh was put in force directly" } as const;
    this.#commit({ meta, content: { mesh: content, source: null } }, { guard, marks: "clear" });
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
    const isBehind = request.compiledAtMs < inForceMs;
    subscribe(this.ctx.storage.sql, request.monitor, Math.max(inForceMs, request.compiledAtMs), Date.now());
    await this.#rearm();
    return { ok: true, slice: isBehind ? this.#slice(request.name.service) : null, againMs: SUBSCRIBE_EVERY_MS };
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
    const wantedMs = this.#waitMs();
    if (wantedMs === null) return;
    const atMs = Date.now() + wantedMs;
    const setMs = await this.ctx.storage.getAlarm();
    if (setMs === null || setMs > atMs) await this.ctx.storage.setAlarm(atMs);
  }

  /** When to go round again; null: there is nothing to do. */
  #waitMs(): number | null {
    const retryMs =
      this.#retries === 0 ? null : Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** Math.min(this.#retries - 1, 10));
    if (this.#head?.guard?.state !== "watching") return retryMs;
    return Math.min(retryMs ?? GUARD_ROUND_MS, GUARD_ROUND_MS);
  }

  /** The platform gives an alarm up that has failed six times; whoever looks sets it again. */
  async #rearm(): Promise<void> {
    if (this.#head?.guard?.state !== "watching" || this.#isAlarmRunning) return;
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + GUARD_ROUND_MS);
  }

  async #announce(head: VersionMeta): Promise<void> {
    const { sql } = this.ctx.storage;
    const isOver = () => this.#head?.version !== head.version;
    const kv = this.env.MESH_KV;
    if (kv !== undefined && !this.#isPublished) {
      const text = meshTextOf(sql, head.version);
      const isPublished = text !== null && (await publish(kv, head.digest, text));
      if (isOver()) return;
      this.#isPublished = isPublished;
    }
    const monitors = this.env.SERVICE_MONITOR;
    const waiting = monitors === undefined ? [] : unheard(sql, head.compiledAtMs, Date.now());
    const missed = await announce({
      monitors: waiting,
      tell: async (monitor) => {
        const slice = this.#slice(parseMonitorName(monitor)!.service);
        return slice !== null && (await monitors!.getByName(monitor).meshChanged(slice)).ok;
      },
      isOver,
      onHeard: (heard) => this.ctx.storage.transactionSync(() => noteHeard(sql, heard, head.compiledAtMs)),
    });
    if (isOver()) return;
    const isDone = missed === 0 && (kv === undefined || this.#isPublished);
    this.#retries = isDone ? 0 : this.#retries + 1;
  }

  /** One round of the guard, and what follows from it. */
  async #watchGuard(head: VersionMeta): Promise<void> {
    const namespace = this.env.SERVICE_MONITOR;
    if (head.guard?.state !== "watching") return;
    const { storage } = this.ctx;
    this.#watch ??= openWatch(storage.sql, head.version);
    const watch = this.#watch;
    const isBefore = Date.now() - head.atMs <= BEFORE_MS;
    const monitors = present(storage.sql, Date.now()).filter(countsTraffic);
    const answers =
      namespace === undefined ? new Map() : await askTotals(monitors, (name) => namespace.getByName(name).totals());
    // Somebody may have spoken meanwhile: then there is nothing left to watch, or something else.
    if (this.#watch !== watch || this.#head?.guard?.state !== "watching") return;
    onRound(storage, watch, answers, isBefore);
    const { untilMs, fallback } = this.#head.guard;
    const target = versionOf(storage.sql, fallback);
    const judgement = judge(watch, {
      now: namesIn(this.#current()),
      before: namesIn(target && this.#readMesh(fallback)),
    });
    const reason = guardReason(judgement);
    if (judgement.findings.length > 0 && target !== null) {
      const message = `version ${head.version} was watched: ${reason}`;
      this.#goBack(target, { kind: "guard-rollback", author: "", message }, { state: "rolled-back", reason });
      // What monitors are told now does not wait for the next alarm of the platform.
      await this.#announce(this.#head!);
    } else if (Date.now() >= untilMs) {
      const guard = { ...this.#head.guard, state: "passed", reason } as const;
      storage.transactionSync(() => {
        writeGuard(storage.sql, head, guard);
        clearMarks(storage.sql);
      });
      this.#watch = null;
      this.#head = { ...this.#head, guard };
    } else {
      // For those who look; the row has it when it is final.
      this.#head = { ...this.#head, guard: { ...this.#head.guard, reason } };
    }
  }

  #goBack(
    target: VersionMeta,
    said: Pick<VersionMeta, "kind" | "author" | "message">,
    guard: Takeover["guard"],
  ): VersionMeta {
    const nowMs = Date.now();
    const meta = { digest: target.digest, compiledAtMs: this.#stamp(nowMs), atMs: nowMs, ...said, of: target.version };
    return this.#commit({ meta, content: { of: target.version } }, { guard, marks: "clear" });
  }

  /** Stores a version and puts it in force: one transaction with everything that goes with it. */
  #commit(next: NewVersion, { guard, marks }: Takeover): VersionMeta {
    const { storage } = this.ctx;
    const former = this.#head;
    const { version, gone } = storage.transactionSync(() => {
      const version = insertVersion(storage.sql, next);
      if (former?.guard?.state === "watching") writeGuard(storage.sql, former, { ...former.guard, ...guard });
      if (marks === "carry") carryMarks(storage.sql);
      else clearMarks(storage.sql);
      const gone = trim(storage.sql, [
        version.version,
        ...(version.guard === undefined ? [] : [version.guard.fallback]),
      ]);
      forgetRefusals(storage.sql, gone);
      return { version, gone };
    });
    // With no wait in between, the alarm is of the same write: whoever finds the version finds the alarm.
    void storage.setAlarm(Date.now());
    this.#head = version;
    this.#mesh = undefined;
    this.#watch = null;
    this.#isPublished = false;
    this.#retries = 0;
    if (gone.length > 0 && this.env.MESH_KV !== undefined) this.ctx.waitUntil(withdraw(this.env.MESH_KV, gone));
    return version;
  }

  /** Why a version of that digest cannot be made now; null: it can. */
  #refusedNow(base: number, digest: string, endsGuard: boolean): ApplyReply | null {
    if (this.#stored === "later") return this.#refuse("newer_storage", LATER);
    const head = this.#head;
    const inForce = head?.version ?? NO_CONFIG;
    if (base !== inForce) {
      const detail = inForce === NO_CONFIG ? "nothing was applied yet" : `version ${inForce} is in force`;
      return this.#refuse("stale", `based on version ${base}, and ${detail}`);
    }
    if (head?.digest === digest && !this.#isBundledLater()) {
      return this.#refuse("unchanged", `version ${inForce} is the same`);
    }
    if (head?.guard?.state === "watching" && !endsGuard) {
      return this.#refuse("guarding", `version ${inForce} is being watched: wait, roll back, or bring another guard`);
    }
    return null;
  }

  #refuse(error: ApplyError, detail: string): ApplyReply {
    return { ok: false, error, detail, current: this.#head };
  }

  /** Later than every version before, and than the mesh that isolates start with. */
  #stamp(nowMs: number): number {
    return Math.max(nowMs, (this.#head?.compiledAtMs ?? 0) + 1, bundled.compiledAtMs + 1);
  }

  /** The mesh that was deployed is later than the version in force here, and so it is what runs. */
  #isBundledLater(): boolean {
    return bundled.compiledAtMs > (this.#head?.compiledAtMs ?? 0);
  }

  #current(): Mesh | null {
    if (this.#mesh === undefined) this.#mesh = this.#head === null ? null : this.#readMesh(this.#head.version);
    return this.#mesh;
  }

  #slice(service: string): MeshSlice | null {
    const mesh = this.#current();
    return mesh === null ? null : sliceOf(mesh, service);
  }

  /** Null for one that is not kept, or that this version of the code cannot run. */
  #readMesh(version: number): Mesh | null {
    const text = meshTextOf(this.ctx.storage.sql, version);
    return text === null ? null : parseMesh(text);
  }

  /** What rows of version 1 hold becomes the next version. */
  #migrate(): void {
    const { storage } = this.ctx;
    const text = formerText(storage.sql);
    const mesh = text === null ? null : parseMesh(text);
    storage.transactionSync(() => {
      if (mesh !== null) {
        const { version: digest, compiledAtMs } = mesh;
        const meta = { digest, compiledAtMs, atMs: compiledAtMs, author: "", message: "", kind: "apply" } as const;
        insertVersion(storage.sql, { meta, content: { mesh: contentText(mesh), source: null } });
      }
      dropFormer(storage.sql);
    });
  }
}

const LATER = "a later version of this code has written the store; this one leaves it alone";

function parseMesh(text: string): Mesh | null {
  try {
    const check = checkMesh(JSON.parse(text));
    return check.ok ? check.mesh : null;
  } catch {
    return null;
  }
}

function namesIn(mesh: Mesh | null): ReadonlySet<string> {
  return new Set(mesh?.services.map(({ name }) => name));
}
