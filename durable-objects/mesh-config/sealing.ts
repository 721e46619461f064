/**
 * What people wrote, sealed: the source of a config, the message and the author of a version. The compiled mesh is not: edges
 * and KV have it as well, and it holds no secret. What is opened is opened where it leaves the object; inside, sealed texts are
 * carried as they are.
 *
 * A source belongs to what it compiles to, and is shared by rollbacks; a message to the number of its version.
 */
import type { ApplyReply, ConfigSource, PinReply, StoredVersion, VersionMeta } from "../../src/core/mesh-version.ts";
import type { Place, Vault } from "../../src/security/at-rest/vault.ts";
import { replaceSaid, replaceSource, type SealedVersion, sealedDifferently } from "./resealing.ts";

type Said = Pick<VersionMeta, "author" | "message">;

/** Versions that are sealed anew in one go. */
const RESEALED = 10;

const CANNOT_READ = "(sealed: HEDDLE_STORAGE_KEY lacks its key)";

/** - `number`: of the version that they are about to be said of. */
export async function sealSaid(vault: Vault, number: number, { author, message }: Said): Promise<Said> {
  const [sealedAuthor, sealedMessage] = await Promise.all([
    author === "" ? "" : vault.seal(saidOf("author", number), author),
    message === "" ? "" : vault.seal(saidOf("message", number), message),
  ]);
  return { author: sealedAuthor, message: sealedMessage };
}

export async function sealSource(
  vault: Vault,
  digest: string,
  source: ConfigSource | null,
): Promise<ConfigSource | null> {
  return source === null ? null : { ...source, text: await vault.seal(sourceOf(digest), source.text) };
}

/** What cannot be opened is said to be so; the rest of the version stands. */
export async function openMeta<T extends VersionMeta | null>(vault: Vault, meta: T): Promise<T> {
  if (meta === null) return meta;
  const { version } = meta;
  const opened = async (which: keyof Said) => {
    const text = await vault.open(saidOf(which, version), meta[which]);
    return text.ok ? text.text : CANNOT_READ;
  };
  const [author, message] = await Promise.all([opened("author"), opened("message")]);
  return { ...meta, author, message };
}

export async function openReply<R extends ApplyReply | PinReply>(vault: Vault, reply: R): Promise<R> {
  if (reply.ok) return { ...reply, version: await openMeta(vault, reply.version) };
  return "current" in reply ? { ...reply, current: await openMeta(vault, reply.current) } : reply;
}

type OpenedSource =
  | { readonly ok: true; readonly source: ConfigSource | null }
  | { readonly ok: false; readonly why: string };

async function openSource(vault: Vault, digest: string, source: ConfigSource | null): Promise<OpenedSource> {
  if (source === null) return { ok: true, source };
  const text = await vault.open(sourceOf(digest), source.text);
  return text.ok ? { ok: true, source: { ...source, text: text.text } } : { ok: false, why: text.detail };
}

/** A source that cannot be opened is left out, and said why. */
export async function openVersion(vault: Vault, stored: StoredVersion): Promise<StoredVersion> {
  const [meta, opened] = await Promise.all([
    openMeta(vault, stored.meta),
    openSource(vault, stored.meta.digest, stored.source),
  ]);
  return opened.ok ? { ...stored, meta, source: opened.source } : { ...stored, meta, source: null, sealed: opened.why };
}

/**
 * Seals what is stored under former keys, or under none, anew: a few versions at a time, once in the life of the object, since
 * a key comes with a deployment and that begins a life. What cannot be opened stays as it is.
 */
export class Resealing {
  readonly #sql: SqlStorage;
  readonly #vault: Vault;
  /** Number of the last version that was looked at; null: all were. */
  #to: number | null;

  constructor(sql: SqlStorage, vault: Vault, hasVersions: boolean) {
    this.#sql = sql;
    this.#vault = vault;
    this.#to = vault.isLocked && hasVersions ? 0 : null;
  }

  get isUnderWay(): boolean {
    return this.#to !== null;
  }

  /** Whether this was the end of it. */
  async goOn(): Promise<boolean> {
    if (this.#to === null) return false;
    const mark = await this.#vault.currentMark();
    const found = sealedDifferently(this.#sql, mark, this.#to, RESEALED);
    for (const version of found) await this.#reseal(version, mark);
    this.#to = found.length < RESEALED ? null : found.at(-1)!.meta.version;
    return this.#to === null;
  }

  async #reseal({ meta, content, source }: SealedVersion, mark: string): Promise<void> {
    const vault = this.#vault;
    const said = await openSaid(vault, meta);
    if (said !== null) replaceSaid(this.#sql, meta, await sealSaid(vault, meta.version, said));
    if (source === null || source.text.startsWith(mark)) return;
    const opened = await openSource(vault, meta.digest, source);
    const sealed = opened.ok ? await sealSource(vault, meta.digest, opened.source) : null;
    if (sealed !== null) replaceSource(this.#sql, content, source.text, sealed.text);
  }
}

async function openSaid(vault: Vault, meta: VersionMeta): Promise<Said | null> {
  const [author, message] = await Promise.all([
    vault.open(saidOf("author", meta.version), meta.author),
    vault.open(saidOf("message", meta.version), meta.message),
  ]);
  return author.ok && message.ok ? { author: author.text, message: message.text } : null;
}

function saidOf(which: keyof Said, number: number): Place {
  return { purpose: `version-${which}`, row: String(number) };
}

function sourceOf(digest: string): Place {
  return { purpose: "config-source", row: digest };
}
