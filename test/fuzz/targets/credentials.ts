/** What callers show to prove who they are. Nothing that was tampered with is believed. */
import fc from "fast-check";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { AuthenticationProvider } from "../../../src/core/mesh.ts";
import { authenticateRequest } from "../../../src/security/authn/authenticate-request.ts";
import { subjectAltNamesOf } from "../../../src/security/authn/certificate-names.ts";
import { cookiesWithout, queryWithout } from "../../../src/security/authn/credential-place.ts";
import { hmacCredential } from "../../../src/security/authn/hmac-signature.ts";
import { jsonObject, jwsText } from "../../../src/security/authn/jws-text.ts";
import { type OpenAuthenticate, openAuthenticate, openProviders } from "../../../src/security/authn/open.ts";
import { callerOf, jwtProvider, NOW_MS } from "../../unit/security/authn/providers.ts";
import { signedHeaders } from "../../unit/security/authn/sign-request.ts";
import { garbled } from "../mutations.ts";
import { fuzzTarget, must } from "../target.ts";

const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
const jwk = { ...(await exportJWK(publicKey)), kid: "k", alg: "ES256" };
const exp = NOW_MS / 1_000 + 3_600;
const token = await new SignJWT({ iss: "https://idp.example.com", sub: "ann", role: "reader", exp })
  .setProtectedHeader({ alg: "ES256", kid: "k" })
  .sign(privateKey);
/** A header that says less than it should, before the same claims. */
const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${token.split(".")[1]}.`;

const SECRET = "0123456789abcdef0123456789abcdef";
const URL_SIGNED = "https://shop.example.com/cart?page=2";
const signed = signedHeaders({ id: "one", secret: SECRET, method: "GET", url: URL_SIGNED, tsS: NOW_MS / 1_000 });

function asking(provider: AuthenticationProvider): OpenAuthenticate {
  const authentication = { providers: [provider], allow: [], reservedHeaders: [] };
  const { inOrder } = openProviders(authentication, new Map());
  return openAuthenticate({ providers: [0], required: true }, authentication, inOrder);
}

const jwt = asking(jwtProvider({ issuer: "https://idp.example.com", jwks: { type: "inline", keys: [jwk] } }));
const hmac = asking({
  type: "hmac",
  name: "partners",
  keys: [{ id: "one", secret: "ONE", scopes: [] }],
  windowMs: 300_000,
  maxNonces: 100_000,
  signsBody: false,
  maxBodyBytes: 1_024,
} as unknown as AuthenticationProvider);

/** Values that a header can carry: others never reach a Worker. */
const carriable = (text: string) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, "").trim();

export const credentialTargets = [
  fuzzTarget(
    {
      name: "jwt",
      holds: "a token with anything changed in it is refused, and only the one that was signed is believed",
      cases: 3_000,
    },
    fc
      .oneof({ weight: 20, arbitrary: garbled([token, unsigned]) }, { weight: 1, arbitrary: fc.constant(token) })
      .map(carriable),
    async (text) => {
      const outcome = await authenticateRequest(jwt, callerOf({ authorization: `Bearer ${text}` }));
      must(outcome.ok === (text === token), `${text} ${outcome.ok ? "is believed" : "is refused"}`);
    },
  ),
  fuzzTarget(
    {
      name: "jws",
      holds: "the text of a token is taken apart into objects that say nothing twice, or is none",
      cases: 4_000,
    },
    garbled([token, '{"alg":"ES256","alg":"none"}', '{"a":{"b":[1,"\\u0061"]}}']),
    (text) => {
      jwsText(text);
      const value = jsonObject(Buffer.from(text).toString("base64url"));
      must(
        value === null || (typeof value === "object" && !Array.isArray(value)),
        "what is no object was taken for one",
      );
    },
  ),
  fuzzTarget(
    { name: "hmac", holds: "a signature with anything changed in it, or seen before, is refused", cases: 2_000 },
    garbled([signed.authorization]).map(carriable),
    async (text) => {
      const outcome = await authenticateRequest(hmac, {
        ...callerOf({ authorization: text }),
        env: { ONE: SECRET },
      });
      const fields = (given: string) => JSON.stringify(hmacCredential(given.slice("Heddle-HMAC-SHA256 ".length)));
      must(!outcome.ok || fields(text) === fields(signed.authorization), `${text} is believed`);
    },
  ),
  fuzzTarget(
    { name: "credential-text", holds: "cookies, queries, certificates and keys are read, or are none", cases: 5_000 },
    garbled([
      "a=1; session=abc; b=2",
      "?a=1&token=x&token=y&b",
      ":MIIBszCCAVmgAwIBAgIUd2V=:",
      "hdl_0123456789ab_secretsecretsecret",
    ]),
    (text) => {
      must(!/(^|;)\s*session\s*=/.test(cookiesWithout(text, "session")), "the cookie is still there");
      must(queryWithout(text, "token").length <= text.length + 1, "a query grew by what was taken out");
      subjectAltNamesOf(text);
    },
  ),
];
