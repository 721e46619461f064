/**
 * Keeps the versions of the config: the single writer. One object, named MESH_CONFIG_NAME. Whoever changes the mesh does it
 * here, based on the version in force or not at all; monitors and isolates hear of it and fetch it.
 */
import { DurableObject } from "cloudflare:workers";
import bundled from "heddle:mesh";
import type { Mesh } from "../../src/core/mesh.ts";
import { type MeshOutline, namesIn, outlineKey, outlineOf } from "../../src/core/mesh-outline.ts";
import {
  type ApplyReply,
  type ApplyRequest,
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
import { openVault, type Vault } from "../../src/security/at-rest/vault.ts";
import { guardOf, isWatched, type Refused, stamp } from "./acceptance.ts";
import { announce, type Progress } from "./announce.ts";
import type { MeshConfigEnv } from "./environment.ts";
import { type GuardWatch, guardRound, isWidelyRun, openWatch } from "./guard-watch.ts";
import { type Committed, LATER, Ledger, type Takeover } from "./ledger.ts";
import { withdraw } from "./mesh-kv.ts";
import { insertRefusals, refusalsIn } from "./refusals.ts";
import {
  checkApply,
  checkPage,
  checkPin,
  checkPut,
  checkRefusals,
  checkRollback,
  checkSubscribe,
  type PutMeshReply,
} from "./requests.ts";
import { openMeta, openReply, openVersion, Resealing, sealSaid, sealSource } from "./sealing.ts";
import { readMesh } from "./store.ts";
import { present, SUBSCRIBE_EVERY_MS, subscribe, trimSubscribers } from "./subscribers.ts";
import { meshTextOf, sourceOf, versionsBefore, versionsWith } from "./versions.ts";

export { MESH_CONFIG_NAME } from "../../src/core/mesh-version.ts";

/** Between two rounds over the monitors while a version is watched. */
const GUARD_ROUND_MS = 2_000;
/** Those that have not heard are told again after so long, twice as long each time. */
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** Between two rounds of sealing rows anew. */
const RESEAL_EVERY_MS = 1_000;

export class MeshConfig extends DurableObject<MeshConfigEnv> implements MeshConfigRpc {
  readonly #ledger: Ledger;
  #watch: GuardWatch | null = null;
  #progress: Progress = { isPublished: false, missedRounds: 0 };
  #isAlarmRunning = false;
  readonly #vault: Vault;
  readonly #resealing: Resealing;

  constructor(ctx: DurableObjectState, env: MeshConfigEnv) {
    super(ctx, env);
    this.#ledger = new Ledger(ctx.storage, bundled.compiledAtMs);
    this.#vault = openVault(env.HEDDLE_STORAGE_KEY);
    this.#resealing = new Resealing(ctx.storage.sql, this.#vault, this.#ledger.head !== null);
    if (this.#resealing.isUnderWay) void this.#wakeBy(Date.now() + RESEAL_EVERY_MS);
  }

  /** The version in force; null when nothing was ever applied, or a later version of this code wrote the store. */
  async head(): Promise<VersionMeta | null> {
    await this.#rearm();
    return openMeta(this.#vault, this.#ledger.head);
  }

  async history(request: { readonly before?: number; readonly limit?: number } = {}): Promise<readonly VersionMeta[]> {
    if (this.#ledger.isClosed) return [];
    const { before, limit } = checkPage(request);
    const metas = versionsBefore(this.ctx.storage.sql, before, limit);
    return Promise.all(metas.map((meta) => openMeta(this.#vault, meta)));
  }

  async read(version: number): Promise<StoredVersion | null> {
    const meta = Number.isSafeInteger(version) ? this.#ledger.version(version) : null;
    if (meta === null) return null;
    const { sql } = this.ctx.storage;
    const mesh = readMesh(sql, version);
    if (mesh === null) return null;
    return openVersion(this.#vault, { meta, source: sourceOf(sql, version), mesh });
  }

  /** The mesh in force; null when none was stored, or when a later version of this code wrote it. */
  async current(): Promise<Mesh | null> {
    return this.#ledger.mesh();
  }

  async text(digest: string): Promise<string | null> {
    if (this.#ledger.isClosed || typeof digest !== "string") return null;
    const { sql } = this.ctx.storage;
    const latest = versionsWith(sql, digest).at(-1);
    return latest === undefined ? null : meshTextOf(sql, latest.version);
  }

  async slice(service: string): Promise<MeshSlice | null> {
    return this.#ledger.slice(service);
  }

  /** The same of whatever runs: the bundled mesh where it is later, or nothing was applied. */
  async sliceInForce(service: string): Promise<MeshSlice> {
    return sliceOf(this.#ledger.meshInForce(bundled), service);
  }

  async running(known?: string): Promise<Mesh | null> {
    const mesh = this.#ledger.meshInForce(bundled);
    return mesh.version === known ? null : mesh;
  }

  async outline(known?: string): Promise<MeshOutline | null> {
    const mesh = this.#ledger.meshInForce(bundled);
    return outlineKey(mesh) === known ? null : outlineOf(mesh);
  }

  /** Makes a version if `base` is in force. Durable when answered; announced at once after it. */
  async apply(value: ApplyRequest): Promise<ApplyReply> {
    const checked = await checkApply(value);
    if (!checked.ok) return this.#refuse(checked);
    const { digest, content, base, source: written, guardMs } = checked.request;
    // It can only become the one after its base.
    const [{ author, message }, source] = await Promise.all([
      sealSaid(this.#vault, base + 1, checked.request),
      sealSource(this.#vault, digest, written),
    ]);
    // From here on nothing is waited for: what is compared is what is in force when it is written.
    const { inForce } = this.#ledger;
    const refused = this.#ledger.refusal({ digest, base, onGuard: guardMs === undefined ? "is-stopped" : "replaces" });
    if (refused !== null) return this.#refuse(refused);
    const nowMs = Date.now();
    const guard = guardMs === undefined ? null : guardOf(inForce, nowMs + guardMs);
    if (guard !== null && !guard.ok) return this.#refuse(guard);
    const committed = this.#ledger.commit(
      {
        meta: {
          ...{ digest, compiledAtMs: stamp(inForce, nowMs), atMs: nowMs, author, message, kind: "apply" },
          ...(guard !== null && { guard: guard.status }),
        },
        content: { mesh: content, source },
      },
      { state: "ended", reason: `version ${base + 1} took over, and its guard watches both`, isCarried: true },
    );
    return openReply(this.#vault, { ok: true, version: this.#announceNext(committed) });
  }

  /** Makes a version of the content of a former one. Ends a guard. */
  async rollback(value: RollbackRequest): Promise<ApplyReply> {
    const checked = checkRollback(value);
    if (!checked.ok) return this.#refuse(checked);
    const { to, base = this.#ledger.head?.version ?? NO_CONFIG } = checked.request;
    const { author, message } = await sealSaid(this.#vault, base + 1, checked.request);
    const target = this.#ledger.version(to);
    const refused = this.#ledger.refusal({ digest: target?.digest ?? "", base, onGuard: "ends" });
    if (refused !== null) return this.#refuse(refused);
    if (target === null) return this.#refuse({ error: "unknown_version", detail: `version ${to} is not kept` });
    const version = this.#goBack(
      target,
      { kind: "rollback", author, message },
      { state: "ended", reason: `rolled back ${author === "" ? "by hand " : ""}to version ${to}` },
    );
    return openReply(this.#vault, { ok: true, version });
  }

  async pin(value: PinRequest): Promise<PinReply> {
    const checked = checkPin(value);
    return checked.ok ? openReply(this.#vault, this.#ledger.pin(checked.request)) : checked;
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
    if (this.#ledger.isClosed) return { ok: false, error: "newer_storage", detail: LATER };
    const { head } = this.#ledger;
    if (head !== null && compiledAtMs < head.compiledAtMs) {
      return { ok: false, error: "older_mesh", detail: `${head.digest} was compiled later and stays in force` };
    }
    if (head?.digest === digest && head.compiledAtMs === compiledAtMs) return { ok: true, version: digest };
    const meta = { digest, compiledAtMs, atMs: nowMs, author: "", message: "", kind: "apply" } as const;
    const takeover = { state: "ended", reason: "a mesh was put in force directly" } as const;
    this.#announceNext(this.#ledger.commit({ meta, content: { mesh: content, source: null } }, takeover));
    return { ok: true, version: digest };
  }

  /** A monitor that wants to hear of new versions, and of the one in force when it runs an older one. */
  async subscribe(value: SubscribeRequest): Promise<SubscribeReply> {
    const request = checkSubscribe(value);
    if (request === null) {
      return { ok: false, error: "invalid_request", detail: "not a monitor's name with the digest and time of a mesh" };
    }
    if (this.#ledger.isClosed) return { ok: true, slice: null, againMs: SUBSCRIBE_EVERY_MS };
    const inForceMs = this.#ledger.head?.compiledAtMs ?? 0;
    subscribe(this.ctx.storage.sql, request.monitor, Math.max(inForceMs, request.compiledAtMs), Date.now());
    await this.#rearm();
    const slice = request.compiledAtMs < inForceMs ? this.#ledger.slice(request.name.service) : null;
    return { ok: true, slice, againMs: SUBSCRIBE_EVERY_MS };
  }

  async noteRefusals(value: readonly MeshRefusal[]): Promise<number> {
    const refusals = checkRefusals(value);
    if (this.#ledger.isClosed || refusals.length === 0) return 0;
    const { storage } = this.ctx;
    return storage.transactionSync(() => insertRefusals(storage.sql, refusals, Date.now()));
  }

  async refusals(): Promise<readonly RefusedVersion[]> {
    return this.#ledger.isClosed ? [] : refusalsIn(this.ctx.storage.sql);
  }

  override async alarm(): Promise<void> {
    const { head } = this.#ledger;
    if (head === null) return;
    this.#isAlarmRunning = true;
    try {
      trimSubscribers(this.ctx.storage.sql, Date.now());
      await Promise.all([this.#announce(head), this.#watchGuard(head), this.#reseal()]);
    } finally {
      this.#isAlarmRunning = false;
    }
    const waitMs = this.#waitMs();
    if (waitMs === null) return;
    await this.#wakeBy(Date.now() + waitMs);
  }

  async #wakeBy(atMs: number): Promise<void> {
    const setMs = await this.ctx.storage.getAlarm();
    if (setMs === null || setMs > atMs) await this.ctx.storage.setAlarm(atMs);
  }

  async #reseal(): Promise<void> {
    if (await this.#resealing.goOn()) this.#ledger.onResealed();
  }

  /** When to go round again; null: there is nothing to do. */
  #waitMs(): number | null {
    const { missedRounds } = this.#progress;
    const retryMs = missedRounds === 0 ? null : Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** Math.min(missedRounds - 1, 10));
    const resealMs = this.#resealing.isUnderWay ? RESEAL_EVERY_MS : null;
    const guardMs = isWatched(this.#ledger.head) ? GUARD_ROUND_MS : null;
    const waits = [retryMs, resealMs, guardMs].filter((ms) => ms !== null);
    return waits.length === 0 ? null : Math.min(...waits);
  }

  /** The platform gives an alarm up that has failed six times; whoever looks sets it again. */
  async #rearm(): Promise<void> {
    if (!isWatched(this.#ledger.head) || this.#isAlarmRunning) return;
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
        sliceOf: (service) => this.#ledger.slice(service),
        isOver: () => this.#ledger.head?.version !== head.version,
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
    this.#watch ??= openWatch(storage.sql, namesIn(this.#ledger.mesh()), namesIn(readMesh(storage.sql, fallback)));
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
    const target = this.#ledger.version(fallback);
    const { reason } = found;
    if (found.isWorse && target !== null) {
      const message = `version ${head.version} was watched: ${reason}`;
      this.#goBack(target, { kind: "guard-rollback", author: "", message }, { state: "rolled-back", reason });
      return;
    }
    const isDue = Date.now() >= untilMs;
    if (isDue) this.#watch = null;
    const { current, other } = found.running;
    if (isDue && !isWidelyRun(found.running)) {
      const unseen = `only ${current} of ${current + other} isolates run it, so that this says little: ${reason}`;
      this.#ledger.noteGuard({ ...head.guard, state: "ended", reason: unseen });
    } else {
      this.#ledger.noteGuard({ ...head.guard, state: isDue ? "passed" : "watching", reason });
    }
  }

  #goBack(
    target: VersionMeta,
    said: Pick<VersionMeta, "kind" | "author" | "message">,
    takeover: Takeover,
  ): VersionMeta {
    return this.#announceNext(this.#ledger.goBack(target, said, takeover, Date.now()));
  }

  /** With no wait since the write, the alarm is part of it: whoever finds the version finds the alarm. */
  #announceNext({ version, gone }: Committed): VersionMeta {
    void this.ctx.storage.setAlarm(Date.now());
    this.#watch = null;
    this.#progress = { isPublished: false, missedRounds: 0 };
    if (this.env.MESH_KV !== undefined) this.ctx.waitUntil(withdraw(this.env.MESH_KV, gone));
    return version;
  }

  #refuse({ error, detail }: Refused): Promise<ApplyReply> {
    return openReply(this.#vault, { ok: false, error, detail, current: this.#ledger.head });
  }
}
