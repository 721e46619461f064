/** Requests signed as src/security/authn/README.md says: another mesh, or whoever follows the recipe there, verifies them. */
import type { HmacPlan, OriginCredentialPlan } from "../../core/mesh-origins.ts";
import { base64urlOf, hexOf, utf8 } from "../authn/bytes.ts";
import { MIN_SECRET_LENGTH } from "../authn/hmac.ts";
import { HMAC_SCHEME, textToSign } from "../authn/hmac-signature.ts";
import { sha256Hex, signableBody } from "./content-digest.ts";
import type { Applied, CredentialContext, OriginCredential, OutgoingRequest } from "./credential.ts";
import { createSecretReader } from "./secret-reader.ts";

type Plan = Extract<OriginCredentialPlan, HmacPlan>;

const ALGORITHM = { name: "HMAC", hash: "SHA-256" } as const;
/** Of a nonce: 22 characters, which no two requests of a key have in common. */
const NONCE_BYTES = 16;

export function openHmacCredential(plan: Plan, { secrets }: CredentialContext): OriginCredential {
  const { name, keyId, signsBody, maxBodyBytes } = plan;
  const reader = createSecretReader(name, [plan.key.secret], secrets);
  let kept: { readonly text: string; readonly key: CryptoKey } | null = null;

  async function apply({ method, url, headers, body, nowMs }: OutgoingRequest): Promise<Applied> {
    const values = await reader.read();
    if ("why" in values) return values;
    const text = values[0]!;
    if (text.length < MIN_SECRET_LENGTH)
      return reader.fault(`the secret ${plan.key.secret} is too short: ${MIN_SECRET_LENGTH} characters at least`);
    const bytes = signsBody ? signableBody(body, maxBodyBytes, name) : null;
    if (bytes !== null && "why" in bytes) return bytes;
    if (kept?.text !== text) {
      kept = { text, key: await crypto.subtle.importKey("raw", utf8(text), ALGORITHM, false, ["sign"]) };
    }
    const { host, pathname, search } = new URL(url);
    const ts = String(Math.floor(nowMs / 1_000));
    const nonce = base64urlOf(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
    const bodyDigest = bytes === null ? "UNSIGNED" : await sha256Hex(bytes);
    const signed = textToSign({ method, authority: host, pathAndQuery: `${pathname}${search}`, ts, nonce, bodyDigest });
    const sig = hexOf(await crypto.subtle.sign(ALGORITHM, kept.key, utf8(signed)));
    headers.set("authorization", `${HMAC_SCHEME} id=${keyId}, ts=${ts}, nonce=${nonce}, sig=${sig}`);
    return reader.done();
  }

  return {
    name,
    bodyBytes: signsBody ? maxBodyBytes : 0,
    withhold(headers) {
      headers.delete("authorization");
    },
    apply,
    problem: reader.problem,
  };
}
