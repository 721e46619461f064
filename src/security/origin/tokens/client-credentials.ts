/**
 * Access tokens by OAuth's client credentials grant: Azure, Okta, Auth0, Keycloak and whoever else follows the standard.
 *
 * Source: RFC 6749 §4.4, §2.3.1; RFC 7523 §2.2, §3; RFC 8707 (`resource`).
 */
import type { ClientCredentialsPlan, OriginCredentialPlan } from "../../../core/mesh-origins.ts";
import type { CredentialContext, OriginCredential } from "../credential.ts";
import { askIssuer, fault, lifetimeMs, tokenIn } from "./ask-issuer.ts";
import { signAssertion } from "./assertion.ts";
import { openToken } from "./open-token.ts";
import type { Issued } from "./token-source.ts";

type Plan = Extract<OriginCredentialPlan, ClientCredentialsPlan>;

/** Of the client's word, s. */
const WORD_S = 300;

export function openClientCredentials(plan: Plan, context: CredentialContext): OriginCredential {
  const { client, tokenUrl } = plan;
  const name = client.type === "private-key-jwt" ? client.key.secret : client.secret.secret;
  return openToken(plan, [name], context, async ([secret], nowMs) => {
    const said = await authentication(plan, secret!, nowMs);
    if (!said.ok) return fault(`the secret ${name} ${said.why}`);
    const answer = await askIssuer(tokenUrl, { ...formOf(plan), ...said.form }, said.headers);
    return answer.ok ? issuedIn(answer.fields) : answer;
  });
}

function formOf({ scope, audience, resource }: Plan): Record<string, string> {
  return {
    grant_type: "client_credentials",
    ...(scope !== "" && { scope }),
    ...(audience !== "" && { audience }),
    ...(resource !== "" && { resource }),
  };
}

type Said =
  | { readonly ok: true; readonly form: Record<string, string>; readonly headers: Record<string, string> }
  | { readonly ok: false; readonly why: string };

/** How the client says who it is. `why` follows the secret's name. Never rejects. */
async function authentication({ client, clientId }: Plan, secret: string, nowMs: number): Promise<Said> {
  switch (client.type) {
    case "basic": {
      const pair = `${formEncoded(clientId)}:${formEncoded(secret)}`;
      return { ok: true, form: {}, headers: { authorization: `Basic ${btoa(pair)}` } };
    }
    case "post":
      return { ok: true, form: { client_id: clientId, client_secret: secret }, headers: {} };
    case "private-key-jwt": {
      const issuedAt = Math.floor(nowMs / 1_000);
      const word = await signAssertion({
        algorithm: client.algorithm,
        key: secret,
        header: { kid: client.keyId, "x5t#S256": client.thumbprint },
        claims: {
          iss: clientId,
          sub: clientId,
          aud: client.audience,
          jti: crypto.randomUUID(),
          iat: issuedAt,
          nbf: issuedAt,
          exp: issuedAt + WORD_S,
        },
      });
      if (!word.ok) return word;
      const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
      return {
        ok: true,
        form: { client_id: clientId, client_assertion_type: type, client_assertion: word.jwt },
        headers: {},
      };
    }
  }
}

/** As in a form, which is what RFC 6749 asks for before the base64; the result is ASCII. */
function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}

function issuedIn({ access_token: value, token_type: type, expires_in: seconds }: Record<string, unknown>): Issued {
  // What is no bearer token proves nothing when it is borne.
  if (typeof type === "string" && type.toLowerCase() !== "bearer")
    return fault("the issuer's token is no bearer token");
  const token = tokenIn(value);
  return token.ok ? { ok: true, token: token.token, lifetimeMs: lifetimeMs(seconds) } : token;
}
