/**
 * The version in force and those before it, as memory and rows have them: the one place where versions are made. Everything
 * is synchronous, so that what is compared is what is in force when it is written.
 */
import type { Mesh } from "../../src/core/mesh.ts";
import type { GuardStatus, PinReply, PinRequest, VersionMeta } from "../../src/core/mesh-version.ts";
import { type MeshSlice, sliceOf } from "../../src/core/monitor/mesh-slice.ts";
import { type Candidate, type InForce, type Refused, refusalOf, stamp } from "./acceptance.ts";
import { carryMarks, clearMarks } from "./guard-watch.ts";
import { forgetRefusals } from "./refusals.ts";
import { openStore, readMesh } from "./store.ts";
import type { StoreState } from "./tables.ts";
import { headOf, insertVersion, type NewVersion, pinVersion, trim, versionOf, writeGuard } from "./versions.ts";

export const LATER = "a later version of this code has written the store; this one leaves it alone";

/** What becomes of a guard when another version takes over. */
export interface Takeover {
  readonly state: Exclude<GuardStatus["state"], "watching">;
  readonly reason: string;
  /** A guard of the next version goes on with the same time before. */
  readonly isCarried?: true;
}

export interface Committed {
  readonly version: VersionMeta;
  /** Digests that no version has any more. */
  readonly gone: readonly string[];
}

export class Ledger {
  readonly #storage: DurableObjectStorage;
  readonly #stored: StoreState;
  readonly #bundledAtMs: number;
  #head: VersionMeta | null;
  /** The mesh in force; undefined before somebody has asked. */
  #mesh: Mesh | null | undefined;

  /** `bundledAtMs`: `compiledAtMs` of the mesh that was deployed. */
  constructor(storage: DurableObjectStorage, bundledAtMs: number) {
    this.#storage = storage;
    this.#bundledAtMs = bundledAtMs;
    this.#stored = openStore(storage);
    this.#head = this.isClosed ? null : headOf(storage.sql);
  }

  /** A later version of this code was here: nothing is read, and nothing may be written. */
  get isClosed(): boolean {
    return this.#stored === "later";
  }

  /** Null: nothing was ever applied. */
  get head(): VersionMeta | null {
    return this.#head;
  }

  get inForce(): InForce {
    return { head: this.#head, bundledAtMs: this.#bundledAtMs };
  }

  /** The mesh of the version in force; null for none, or one that this version of the code cannot run. */
  mesh(): Mesh | null {
    if (this.#mesh === undefined) {
      this.#mesh = this.#head === null ? null : readMesh(this.#storage.sql, this.#head.version);
    }
    return this.#mesh;
  }

  /** What runs: the mesh that was bundled at deploy where that one is later, or nothing was applied. */
  meshInForce(bundled: Mesh): Mesh {
    const mesh = this.mesh();
    return mesh === null || mesh.compiledAtMs < bundled.compiledAtMs ? bundled : mesh;
  }

  /** What a service needs of that mesh. */
  slice(service: string): MeshSlice | null {
    const mesh = this.mesh();
    return mesh === null ? null : sliceOf(mesh, service);
  }

  /** Null for a version that is not kept. */
  version(number: number): VersionMeta | null {
    return this.isClosed ? null : versionOf(this.#storage.sql, number);
  }

  /** Why a version cannot be made now; null: it can. */
  refusal(candidate: Candidate): Refused | null {
    if (this.isClosed) return { error: "newer_storage", detail: LATER };
    return refusalOf(this.inForce, candidate);
  }

  /** Stores a version and puts it in force: one transaction with everything that goes with it. */
  commit(next: NewVersion, { state, reason, isCarried }: Takeover): Committed {
    const { sql } = this.#storage;
    const former = this.#head;
    const committed = this.#storage.transactionSync(() => {
      const version = insertVersion(sql, next);
      if (former?.guard?.state === "watching") writeGuard(sql, former, { ...former.guard, state, reason });
      if (isCarried) carryMarks(sql);
      else clearMarks(sql);
      const gone = trim(sql, [version.version, version.guard?.fallback ?? version.version]);
      forgetRefusals(sql, gone);
      return { version, gone };
    });
    this.#head = committed.version;
    this.#mesh = undefined;
    return committed;
  }

  /** A new version of the content of a former one. */
  goBack(
    target: VersionMeta,
    said: Pick<VersionMeta, "kind" | "author" | "message">,
    takeover: Takeover,
    nowMs: number,
  ): Committed {
    const compiledAtMs = stamp(this.inForce, nowMs);
    const meta = { digest: target.digest, compiledAtMs, atMs: nowMs, ...said, of: target.version };
    return this.commit({ meta, content: { of: target.version } }, takeover);
  }

  /** What the guard of the version in force has come to. It is written when it is final; until then, for those who look. */
  noteGuard(guard: GuardStatus): void {
    const head = this.#head;
    if (head === null) return;
    if (guard.state !== "watching") {
      this.#storage.transactionSync(() => {
        writeGuard(this.#storage.sql, head, guard);
        clearMarks(this.#storage.sql);
      });
    }
    this.#head = { ...head, guard };
  }

  /** Rows have been sealed anew: what memory has of the version in force is read again, its guard excepted. */
  onResealed(): void {
    const head = this.isClosed ? null : headOf(this.#storage.sql);
    if (head === null) return;
    const guard = this.#head?.version === head.version ? this.#head.guard : head.guard;
    this.#head = { ...head, ...(guard !== undefined && { guard }) };
  }

  pin(request: PinRequest): PinReply {
    if (this.isClosed) return { ok: false, error: "newer_storage", detail: LATER };
    const reply = pinVersion(this.#storage.sql, request);
    if (reply.ok && this.#head?.version === reply.version.version) {
      this.#head = { ...this.#head, pinned: reply.version.pinned };
    }
    return reply;
  }
}
