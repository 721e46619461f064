/**
 * Verifies HTTP Message Signatures (RFC 9421) with the Content-Digest of RFC 9530.
 *
 * The key says which algorithm is used, never the request; what a signature has to cover, how old it may be and that it comes
 * once is said here, since a signature over little, or one of last year, is a good one all the same (RFC 9421 §3.2.1, §7.2).
 */
import { type BaseLine, componentValue, type SignableRequest } from "../core/http-signature/component.ts";
import { signatureBase } from "../core/http-signature/signature-base.ts";
import { utf8 } from "../security/authn/bytes.ts";
import { hasDigest } from "./content-digest.ts";
import { createNonceStore, type NonceStore } from "./nonce-store.ts";
import { bytesOf, fieldOf, type ReceivedRequest } from "./received-request.ts";
import { bytesOfBase64, type Item, type Member, parseDictionary, writeItem, writeList } from "./structured-field.ts";
import { refused, type Verdict, type Verifier } from "./verdict.ts";
import { type OpenKey, openVerifyingKey, type VerifyingKey } from "./verifying-key.ts";

export interface SignatureVerifierOptions {
  /** By `keyid`. */
  readonly keys: Readonly<Record<string, VerifyingKey>>;
  /**
   * What a signature has to cover, as a config writes it; headers that a request does not have are not asked for. Default
   * @method, @authority, @path, @query, content-type and content-digest, which has to be there.
   */
  readonly required?: readonly string[];
  /** What the parameter `tag` has to be. Default: it is not looked at. */
  readonly tag?: string;
  /** How long after `created` a signature is good, ms. Default 300,000. */
  readonly maxAgeMs?: number;
  /** How far clocks may differ, ms. Default 30,000. */
  readonly clockSkewMs?: number;
  /** Default: one of this process. Null: repetitions are taken. */
  readonly nonces?: NonceStore | null;
  /** Epoch. Default: the clock. */
  readonly nowMs?: () => number;
}

const REQUIRED = ["@method", "@authority", "@path", "@query", "content-type", "content-digest"];

/** Rejects for keys that are none. */
export async function createSignatureVerifier(options: SignatureVerifierOptions): Promise<Verifier> {
  const {
    required = REQUIRED,
    tag,
    maxAgeMs = 300_000,
    clockSkewMs = 30_000,
    nonces = createNonceStore(),
    nowMs: clock = Date.now,
  } = options;
  const keys = new Map<string, OpenKey>();
  for (const [id, key] of Object.entries(options.keys)) keys.set(id, await openVerifyingKey(key));

  async function verify(request: ReceivedRequest): Promise<Verdict> {
    const nowMs = clock();
    const found = signatureOf(request, keys, tag);
    if ("ok" in found) return found;
    const { list, signature, keyId, key } = found;
    const [created, expires] = [integerOf(list, "created"), integerOf(list, "expires")];
    if (created === null) return refused("it does not say when it was made");
    if (created * 1_000 > nowMs + clockSkewMs) return refused("it was made in the future");
    const endMs = Math.min(created * 1_000 + maxAgeMs, expires === null ? Number.POSITIVE_INFINITY : expires * 1_000);
    if (nowMs > endMs + clockSkewMs) return refused("it is too old");
    const alg = list.params.get("alg");
    if (alg !== undefined && (alg.type !== "string" || alg.value !== key.algorithm)) {
      return refused("it is by another algorithm than its key");
    }
    const base = baseOf(list, request);
    if (typeof base !== "string") return base;
    const missing = required.find((component) => !isCovered(component, list, request));
    if (missing !== undefined) return refused(`it does not cover ${missing}`);
    if (!(await key.isRight(signature, utf8(base)))) return refused("the signature is not right");
    const digest = covers(list, "content-digest") ? fieldOf(request, "content-digest") : null;
    if (digest !== null && !(await hasDigest(bytesOf(request), digest))) return refused("the body is another one");
    if (nonces === null) return { ok: true, keyId };
    const nonce = list.params.get("nonce");
    if (nonce?.type !== "string" || nonce.value === "") return refused("it has no nonce");
    // Only what is signed is remembered: strangers cannot fill the memory.
    const isFirst = await nonces.take(`${keyId} ${nonce.value}`, endMs + clockSkewMs, nowMs);
    return isFirst ? { ok: true, keyId } : refused("it was taken before");
  }

  return { verify };
}

type InnerList = Extract<Member, { kind: "list" }>;

interface Found {
  readonly list: InnerList;
  readonly signature: Uint8Array<ArrayBuffer>;
  readonly keyId: string;
  readonly key: OpenKey;
}

/** The first signature by a key that is known, for the tag that is asked for. */
function signatureOf(
  request: ReceivedRequest,
  keys: ReadonlyMap<string, OpenKey>,
  tag: string | undefined,
): Found | Verdict {
  const inputs = parseDictionary(fieldOf(request, "signature-input") ?? "");
  const signatures = parseDictionary(fieldOf(request, "signature") ?? "");
  if (inputs === null || signatures === null) return refused("its signature cannot be read");
  for (const [label, list] of inputs) {
    const signature = signatures.get(label);
    if (list.kind !== "list" || signature?.kind !== "item" || signature.bare.type !== "bytes") continue;
    const keyId = list.params.get("keyid");
    if (keyId?.type !== "string" || (tag !== undefined && list.params.get("tag")?.value !== tag)) continue;
    const key = keys.get(keyId.value);
    const bytes = bytesOfBase64(signature.bare.value);
    if (key === undefined || bytes === null) continue;
    return { list, signature: bytes, keyId: keyId.value, key };
  }
  return refused(inputs.size === 0 ? "it is not signed" : "it has no signature by a key that is known");
}

function integerOf({ params }: InnerList, name: string): number | null {
  const value = params.get(name);
  return value?.type === "integer" ? value.value : null;
}

/** A component of an inner list as a config writes it; null for one with parameters that are not known here. */
function componentOf({ bare, params }: Item): string | null {
  if (bare.type !== "string") return null;
  if (params.size === 0) return bare.value === "@query-param" ? null : bare.value;
  const name = params.get("name");
  if (bare.value !== "@query-param" || params.size !== 1 || name?.type !== "string") return null;
  return `@query-param;name="${name.value}"`;
}

function covers({ items }: InnerList, component: string): boolean {
  return items.some((item) => componentOf(item) === component);
}

/** A header that the request does not have needs no cover, but for the digest, without which the body is anybody's. */
function isCovered(component: string, list: InnerList, request: ReceivedRequest): boolean {
  if (covers(list, component)) return true;
  return !component.startsWith("@") && component !== "content-digest" && fieldOf(request, component) === null;
}

/** What was signed; a refusal for a component that is there twice, is not known, or that the request does not have. */
function baseOf(list: InnerList, request: ReceivedRequest): string | Verdict {
  if (!URL.canParse(request.url)) return refused("its URL is none");
  const { protocol, host, pathname, search } = new URL(request.url);
  const signable: SignableRequest = {
    method: request.method,
    scheme: protocol.slice(0, -1),
    authority: host,
    path: pathname,
    query: search,
    field: (name) => fieldOf(request, name),
  };
  const lines: BaseLine[] = [];
  const seen = new Set<string>();
  for (const item of list.items) {
    const component = componentOf(item);
    const value = component === null ? null : componentValue(component, signable);
    const identifier = writeItem(item);
    if (value === null || seen.has(identifier)) return refused(`it covers ${identifier}, which cannot be told`);
    seen.add(identifier);
    lines.push([identifier, value]);
  }
  return signatureBase(lines, writeList(list));
}
