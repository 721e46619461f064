/**
 * HTTP Message Signatures (RFC 9421), with the Content-Digest of RFC 9530.
 *
 * What is signed is known but for the request: identifiers are written once, when the credential is opened. A header that a
 * request does not have is left out of its signature, which lists what it covers; whoever verifies says what it has to cover.
 */
import {
  type BaseLine,
  componentValue,
  identifierOf,
  type SignableRequest,
} from "../../core/http-signature/component.ts";
import { type SignatureParams, signatureBase, signatureParams } from "../../core/http-signature/signature-base.ts";
import type { MessageSignaturePlan, OriginCredentialPlan, SignatureAlgorithm } from "../../core/mesh-origins.ts";
import { base64urlOf, utf8 } from "../authn/bytes.ts";
import { MIN_SECRET_LENGTH } from "../authn/hmac.ts";
import { base64Of, contentDigest, signableBody } from "./content-digest.ts";
import type { Applied, CredentialContext, CredentialFault, OriginCredential, OutgoingRequest } from "./credential.ts";
import { type ImportedKey, importHmacKey, importSigningKey } from "./private-key.ts";
import { createSecretReader } from "./secret-reader.ts";
import { ALGORITHMS } from "./signature-algorithms.ts";

type Plan = Extract<OriginCredentialPlan, MessageSignaturePlan>;

const NONCE_BYTES = 16;

export function openMessageSignature(plan: Plan, { secrets }: CredentialContext): OriginCredential {
  const { name, algorithm, components, label, ttlMs } = plan;
  const reader = createSecretReader(name, [plan.key.secret], secrets);
  const covered = components.map((component) => [component, identifierOf(component)] as const);
  let kept: { readonly text: string; readonly imported: ImportedKey } | null = null;

  async function key(): Promise<CryptoKey | CredentialFault> {
    const values = await reader.read();
    if ("why" in values) return values;
    const text = values[0]!;
    if (kept?.text !== text) kept = { text, imported: await importKey(algorithm, text) };
    const { imported } = kept;
    return imported.ok ? imported.key : reader.fault(`the secret ${plan.key.secret} ${imported.why}`);
  }

  async function apply(request: OutgoingRequest): Promise<Applied> {
    const signing = await key();
    if ("why" in signing) return signing;
    const { headers } = request;
    if (plan.contentDigest) {
      const body = signableBody(request.body, plan.maxBodyBytes, name);
      if ("why" in body) return body;
      headers.set("content-digest", await contentDigest(body));
    }
    const created = Math.floor(request.nowMs / 1_000);
    const params: SignatureParams = {
      created,
      ...(ttlMs > 0 && { expires: created + Math.ceil(ttlMs / 1_000) }),
      nonce: base64urlOf(crypto.getRandomValues(new Uint8Array(NONCE_BYTES))),
      keyid: plan.keyId,
      alg: algorithm,
      ...(plan.tag !== "" && { tag: plan.tag }),
    };
    const { input, base } = toSign(covered, signableOf(request), params);
    const signature = await crypto.subtle.sign(ALGORITHMS[algorithm].sign, signing, utf8(base));
    headers.set("signature-input", `${label}=${input}`);
    headers.set("signature", `${label}=:${base64Of(signature)}:`);
    return reader.done();
  }

  return {
    name,
    bodyBytes: plan.contentDigest ? plan.maxBodyBytes : 0,
    withhold(headers) {
      headers.delete("signature");
      headers.delete("signature-input");
      if (plan.contentDigest) headers.delete("content-digest");
    },
    apply,
    problem: reader.problem,
  };
}

/**
 * The inner list that says what is covered, and the text that is signed.
 *
 * - `covered`: components as a config writes them, with their identifiers; those that the request does not have are left out.
 *
 * Never throws. Linear.
 */
export function toSign(
  covered: readonly (readonly [component: string, identifier: string])[],
  request: SignableRequest,
  params: SignatureParams,
): { readonly input: string; readonly base: string } {
  const lines: BaseLine[] = [];
  for (const [component, identifier] of covered) {
    const value = componentValue(component, request);
    if (value !== null) lines.push([identifier, value]);
  }
  const input = signatureParams(
    lines.map(([identifier]) => identifier),
    params,
  );
  return { input, base: signatureBase(lines, input) };
}

function importKey(algorithm: SignatureAlgorithm, text: string): Promise<ImportedKey> {
  if (algorithm === "hmac-sha256") return importHmacKey(text, MIN_SECRET_LENGTH);
  return importSigningKey(text, ALGORITHMS[algorithm].key);
}

function signableOf({ method, url, headers }: OutgoingRequest): SignableRequest {
  const { protocol, host, pathname, search } = new URL(url);
  return {
    method,
    scheme: protocol.slice(0, -1),
    authority: host,
    path: pathname,
    query: search,
    field: (name) => headers.get(name),
  };
}
