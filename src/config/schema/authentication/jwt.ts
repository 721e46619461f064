/** Tokens: signed by an issuer whose keys are known. */
import * as z from "zod";
import { duration } from "../duration.ts";
import { isRecord, recordOf, withFindings } from "../finding.ts";
import { CONNECTION_HEADERS } from "../names.ts";
import { secretName } from "../secret-ref.ts";
import { derived, required, setting, withDefaults } from "../setting.ts";
import { askedUrl, placesSchema } from "./places.ts";

export const ASYMMETRIC = [
  "ES256",
  "ES384",
  "ES512",
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "EdDSA",
  "Ed25519",
] as const;
export const SYMMETRIC = ["HS256", "HS384", "HS512"] as const;

const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "k", "oth"];

const publicKey = withFindings(
  z.looseObject({
    kty: required(
      z.string().min(1).max(16),
      "Kind of the key: EC, RSA or OKP. The other members are those of RFC 7517.",
    ),
  }),
  function* (key) {
    if (!isRecord(key)) return;
    for (const member of PRIVATE_MEMBERS) {
      if (member in key) yield { path: [member], message: "is part of a secret: give public keys, or jwks.secret" };
    }
  },
);

const caching = withDefaults({
  refresh: setting(
    duration("10s", "24h"),
    "Keys older than this are asked for again, while the old ones are still used.",
    "5m",
    "as in Envoy",
  ),
  keep: setting(
    duration("10s", "720h"),
    "Keys are believed for so long when their server does not answer.",
    "24h",
    "an issuer that is down for a day still has no new keys",
  ),
  minRefetch: setting(
    duration("1s", "1h"),
    "Keys are never asked for more often, however many tokens name keys that are not known.",
    "30s",
    "as in jose; a new key is known half a minute after its first token at the latest",
  ),
  timeout: setting(duration("50ms", "30s"), "For one answer.", "5s", "as in Istio"),
});

const jwks = z.union([
  z.strictObject({ uri: required(askedUrl(), "Where the keys are, as JWKS. Redirects are not followed."), ...caching }),
  z.strictObject({ keys: required(z.array(publicKey).min(1).max(100), "The public keys themselves, as JWKs.") }),
  z.strictObject({
    secret: required(secretName(), "Name of a secret that holds a JWKS; needed for symmetric keys (HS256 …)."),
  }),
]);

const claimPath = z.string().min(1).max(256);

export const claimsToHeaders = () =>
  recordOf(
    new RegExp(
      `^(?!(?:${[...CONNECTION_HEADERS, "host", "cookie", "authorization", "content-type", "via"].join("|")})$)(?!x-heddle-|cf-|x-forwarded-)[A-Za-z0-9!#$%&'*+.^_\`|~-]{1,256}$`,
      "i",
    ),
    "is not a header that can be set from a claim: not a header name, or one that means something else",
    claimPath,
  );

const shared = withDefaults({
  clockSkew: setting(
    duration("0s", "10m"),
    "How far the issuer's clock may be from ours, for exp, nbf and iat.",
    "60s",
    "as in Envoy",
  ),
  requiredClaims: setting(
    z.array(z.string().min(1).max(256)).max(32),
    "Claims that have to be there.",
    [],
    "exp alone, unless requireExpiry says otherwise",
  ),
  maxTokenBytes: setting(
    z.int().min(256).max(32_768),
    "Longer tokens are refused unread.",
    8_192,
    "twice what Envoy caches; whole headers are bounded elsewhere",
  ),
  claimsToHeaders: setting(
    claimsToHeaders(),
    'Headers that endpoints get, each with the claim it holds: "x-user: sub"; of nested claims "realm.roles". Text, numbers and truth values as they are, lists of them with commas, anything else as JSON. What callers send under these names is dropped on every rule of the mesh.',
    {},
    "none",
  ),
  forward: setting(z.boolean(), "Whether endpoints see the token as well.", false, "as forwardOriginalToken in Istio"),
});

const jwtFields = {
  type: required(z.literal("JWT"), "Signed tokens (RFC 7519)."),
  issuer: required(z.string().min(1).max(2_048), "What `iss` has to be, to the letter."),
  jwks: required(jwks, "The issuer's keys."),
  ...withDefaults({
    audiences: setting(
      z.array(z.string().min(1).max(2_048)).max(64),
      "One of them has to be in `aud`.",
      [],
      "`aud` is not looked at, as in Istio: name yours, or tokens for others are good here",
    ),
    algorithms: setting(
      z
        .array(z.enum([...ASYMMETRIC, ...SYMMETRIC]))
        .min(1)
        .max(14),
      "Algorithms that are believed. A key is used for an algorithm of its own kind only.",
      ["ES256", "RS256", "EdDSA"],
      "what issuers sign with by default",
    ),
    requireExpiry: setting(
      z.boolean(),
      "Whether a token has to say when it ends.",
      true,
      "what never ends cannot be revoked",
    ),
    typ: derived(
      z.string().min(1).max(128),
      'What the token\'s `typ` has to be, as in "at+jwt" (RFC 9068), in any case, with or without "application/".',
      "it is not looked at",
    ),
    from: setting(
      placesSchema("Bearer ", "RFC 6750"),
      "Where tokens are looked for. All that are found have to be good.",
      [{ header: "authorization", prefix: "Bearer " }],
      "RFC 6750",
    ),
  }),
  ...shared,
};

export const jwtSchema = withFindings(z.strictObject(jwtFields), function* (provider) {
  if (!isRecord(provider) || !Array.isArray(provider.algorithms) || !isRecord(provider.jwks)) return;
  for (const [index, algorithm] of provider.algorithms.entries()) {
    if (typeof algorithm !== "string" || !algorithm.startsWith("HS") || "secret" in provider.jwks) continue;
    const message = `${algorithm} signs with a shared secret: it needs jwks.secret, since whoever reads the key can sign`;
    yield { path: ["algorithms", index], message };
  }
});

/** Cloudflare Access is an issuer with fixed places: its application tokens. */
export const accessSchema = z.strictObject({
  type: required(z.literal("CloudflareAccess"), "Tokens that Cloudflare Access puts on requests."),
  team: required(
    z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
      error: 'must be a team\'s name, as in "acme" of acme.cloudflareaccess.com',
    }),
    "Name of the team: its domain is <team>.cloudflareaccess.com.",
  ),
  audiences: required(
    z.array(z.string().min(1).max(256)).min(1).max(64),
    "Audience (AUD) tags of the applications whose tokens are believed.",
  ),
  ...caching,
  ...shared,
});
