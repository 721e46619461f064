/**
 * Keys that callers of the mesh send, made and revoked through the control plane: one object for each provider, by its name.
 * Isolates ask it for the whole set, seldom and never on the way of a request that need not wait.
 */
import { DurableObject } from "cloudflare:workers";
import { type IssuedKeysCalls, type IssuedKeysReply, isRevision, MAX_ISSUED_KEYS } from "../../src/core/issued-keys.ts";
import type { UnopenedRows } from "../../src/security/at-rest/row-seal.ts";
import { openVault } from "../../src/security/at-rest/vault.ts";
import { drawKey, type KeyRow, type MadeKey, publicPart } from "./key.ts";
import { KeyStore } from "./key-store.ts";

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly string[];
  /** 0: it does not end. */
  readonly expiresAtMs: number;
  readonly createdBy: string;
}

export type CreateKeyReply =
  | { readonly ok: true; readonly key: MadeKey; readonly text: string }
  | { readonly ok: false; readonly error: "too_many"; readonly detail: string };

/** The object, as the control plane sees it. */
export interface ApiKeysCalls extends IssuedKeysCalls {
  create(key: NewKey): Promise<CreateKeyReply>;
  list(): Promise<readonly MadeKey[]>;
  revoke(id: string): Promise<{ readonly before: MadeKey; readonly after: MadeKey } | null>;
  /** Rows that HEDDLE_STORAGE_KEY opens no more. */
  unopened(): Promise<UnopenedRows>;
}

/** A moment after the object has begun, when it has answered. */
const RESEAL_AFTER_MS = 1_000;

export interface ApiKeysEnv {
  /** Keys of 32 characters or more, separated by commas; the first writes, all read. Absent: rows are plain text. */
  readonly HEDDLE_STORAGE_KEY?: string;
}

export class ApiKeys extends DurableObject<ApiKeysEnv> implements ApiKeysCalls {
  readonly #keys: KeyStore;

  constructor(ctx: DurableObjectState, env: ApiKeysEnv) {
    super(ctx, env);
    const vault = openVault(env.HEDDLE_STORAGE_KEY);
    this.#keys = new KeyStore(ctx.storage, vault);
    void ctx.blockConcurrencyWhile(() => this.#keys.load());
    // Once a life: a key comes with a deployment, and a deployment starts the object anew.
    if (vault.isLocked) void ctx.storage.setAlarm(Date.now() + RESEAL_AFTER_MS);
  }

  override async alarm(): Promise<void> {
    await this.#keys.reseal();
  }

  async unopened(): Promise<UnopenedRows> {
    return this.#keys.unopened;
  }

  /** Makes a key. It is in this answer and nowhere else. */
  async create({ name, scopes, expiresAtMs, createdBy }: NewKey): Promise<CreateKeyReply> {
    const { id, text, sha256 } = await drawKey();
    const nowMs = Date.now();
    if (!this.#keys.hasRoom(nowMs)) {
      return { ok: false, error: "too_many", detail: `there are ${MAX_ISSUED_KEYS} keys in force: revoke some` };
    }
    const row: KeyRow = { id, name, scopes, createdAtMs: nowMs, createdBy, expiresAtMs, revokedAtMs: null, sha256 };
    await this.#keys.put(row);
    return { ok: true, key: publicPart(row), text };
  }

  /** All keys, latest first, without anything of their secrets. */
  async list(): Promise<readonly MadeKey[]> {
    return this.#keys.list().map(publicPart);
  }

  /** Ends a key; null when there is none. One that has ended stays as it is. */
  async revoke(id: string): Promise<{ readonly before: MadeKey; readonly after: MadeKey } | null> {
    const stored = this.#keys.get(id);
    if (stored === undefined) return null;
    const next = stored.revokedAtMs === null ? { ...stored, revokedAtMs: Date.now() } : stored;
    if (next !== stored) await this.#keys.put(next);
    return { before: publicPart(stored), after: publicPart(next) };
  }

  /** The keys in force, unless the asker knows them. What ends by itself needs no new revision: isolates mind the time. */
  async keySet(known: number): Promise<IssuedKeysReply> {
    const { revision } = this.#keys;
    if (isRevision(known) && known === revision) return { current: true, revision };
    const keys = this.#keys.inForce(Date.now());
    return {
      current: false,
      revision,
      keys: keys.map(({ id, sha256, name, scopes, expiresAtMs }) => [id, sha256, name, scopes, expiresAtMs] as const),
    };
  }
}
