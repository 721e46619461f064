/**
 * ID tokens of Google, for origins that ask for them: Cloud Run, Cloud Functions, IAP. A word that is signed with a service
 * account's key is exchanged for one. Where it is sent to is the config's to say, and never the key file's: whoever could
 * change that file would be sent the word.
 *
 * Source: Google, "Using OAuth 2.0 for Server to Server Applications", and "Authenticating service-to-service" of Cloud Run.
 */
import type { GoogleIdTokenPlan, OriginCredentialPlan } from "../../../core/mesh-origins.ts";
import { bytesOfBase64url } from "../../authn/bytes.ts";
import type { CredentialContext, OriginCredential } from "../credential.ts";
import { askIssuer, fault, lifetimeMs, tokenIn } from "./ask-issuer.ts";
import { signAssertion } from "./assertion.ts";
import { openToken } from "./open-token.ts";
import type { Issued } from "./token-source.ts";

type Plan = Extract<OriginCredentialPlan, GoogleIdTokenPlan>;

/** Of the word, s: Google takes no longer. */
const WORD_S = 3_600;

export function openGoogleIdToken(plan: Plan, context: CredentialContext): OriginCredential {
  const { tokenUrl, audience, serviceAccountKey } = plan;
  const name = serviceAccountKey.secret;
  return openToken(plan, [name], context, async ([text], nowMs) => {
    const account = accountIn(text!);
    if (account === null) return fault(`the secret ${name} is no key file of a service account`);
    const { email, keyId, privateKey } = account;
    const issuedAt = Math.floor(nowMs / 1_000);
    const word = await signAssertion({
      algorithm: "RS256",
      key: privateKey,
      header: { kid: keyId },
      claims: {
        iss: email,
        sub: email,
        aud: tokenUrl,
        iat: issuedAt,
        exp: issuedAt + WORD_S,
        target_audience: audience,
      },
    });
    if (!word.ok) return fault(`the private key of the secret ${name} ${word.why}`);
    const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    const answer = await askIssuer(tokenUrl, { grant_type: grant, assertion: word.jwt });
    return answer.ok ? issuedIn(answer.fields.id_token, audience) : answer;
  });
}

interface Account {
  readonly email: string;
  readonly keyId: string;
  readonly privateKey: string;
}

/** Null for a text that is no key file. Never throws. */
function accountIn(text: string): Account | null {
  const { client_email: email, private_key_id: keyId = "", private_key: privateKey } = recordIn(text);
  if (typeof email !== "string" || typeof keyId !== "string" || typeof privateKey !== "string") return null;
  return { email, keyId, privateKey };
}

/** The token and its life, by its own word: its signature is for the origin to verify. */
function issuedIn(value: unknown, audience: string): Issued {
  const token = tokenIn(value);
  if (!token.ok) return token;
  const bytes = bytesOfBase64url(token.token.split(".")[1] ?? "");
  const { aud, iat, exp } = recordIn(bytes === null ? "" : new TextDecoder().decode(bytes));
  if (aud !== audience) return fault("the issuer's token is for another audience");
  // The difference, since its clock is not ours.
  const seconds = typeof iat === "number" && typeof exp === "number" ? exp - iat : undefined;
  return { ok: true, token: token.token, lifetimeMs: lifetimeMs(seconds) };
}

function recordIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
