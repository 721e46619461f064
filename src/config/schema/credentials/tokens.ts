/** Tokens that an issuer gives the mesh for origins: Google's ID tokens, OAuth's client credentials. */
import * as z from "zod";
import { ASSERTION_ALGORITHMS } from "../../../core/mesh-origins.ts";
import { askedUrl } from "../authentication/places.ts";
import { type Finding, isRecord, withFindings } from "../finding.ts";
import { CONNECTION_HEADERS, headerName } from "../names.ts";
import { secretRefSchema } from "../secret-ref.ts";
import { derived, required, setting, withDefaults } from "../setting.ts";

/** Of an audience, a scope, a client: what a form and a JWT can hold, and people can read. */
const text = () =>
  z
    .string()
    .min(1)
    .max(1_024)
    .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, { error: "must be printable ASCII" });

const header = setting(
  headerName().refine(
    (name) => !["host", ...CONNECTION_HEADERS].includes(name.toLowerCase()) && !/^(x-heddle-|cf-)/i.test(name),
    { error: "is not a header that can be set" },
  ),
  "Header that takes `Bearer` and the token. What a caller sends under its name is dropped.",
  "authorization",
  "where origins look; behind Cloud Run's own check, x-serverless-authorization leaves it to the caller",
);

export const googleIdTokenSchema = z.strictObject({
  type: required(z.literal("GoogleIDToken"), "An ID token of Google for a service account: Cloud Run, Functions, IAP."),
  serviceAccountKey: required(secretRefSchema, "The service account's key file, as JSON."),
  audience: required(
    text(),
    "Whom the token is for: the URL of a Cloud Run service, or the OAuth client id that IAP shows.",
  ),
  ...withDefaults({
    tokenUrl: setting(
      askedUrl(),
      "Where tokens are asked for. That of the key file is never used.",
      "https://oauth2.googleapis.com/token",
      "Google's",
    ),
    header,
  }),
});

const privateKey = z.strictObject({
  ...secretRefSchema.shape,
  ...withDefaults({
    algorithm: setting(z.enum(ASSERTION_ALGORITHMS), "By which the client's word is signed.", "RS256", "all know it"),
    keyId: derived(text(), "`kid`: how the issuer finds the key.", "none"),
    thumbprint: derived(
      z.string().regex(/^[A-Za-z0-9_-]{43}$/, { error: "must be a SHA-256 in base64url: 43 characters" }),
      "`x5t#S256`: SHA-256 of the certificate, by which Azure finds the key.",
      "none",
    ),
    audience: derived(text(), "Whom the word is for: the token URL, or the issuer's name.", "the token URL"),
  }),
});

export const clientCredentialsSchema = withFindings(
  z.strictObject({
    type: required(z.literal("ClientCredentials"), "An access token by OAuth's client credentials grant."),
    tokenUrl: required(
      askedUrl(),
      "The token endpoint: public https, unless `authentication.allow` says otherwise. Azure: https://login.microsoftonline.com/TENANT/oauth2/v2.0/token.",
    ),
    clientId: required(text(), "Who the mesh is there."),
    ...withDefaults({
      clientSecret: derived(secretRefSchema, "The client's secret.", "none: there is a privateKey"),
      clientAuth: setting(
        z.enum(["basic", "post"]),
        "How the secret is said: in the Authorization header, or in the body.",
        "basic",
        "every issuer has to take it (RFC 6749)",
      ),
      privateKey: derived(
        privateKey,
        "A key in place of a secret, PKCS#8 in PEM or a JWK: the client signs who it is (RFC 7523, private_key_jwt).",
        "none: there is a clientSecret",
      ),
      scope: derived(
        text(),
        "What the token is to allow, with spaces between. Azure: APP/.default.",
        "the issuer's choice",
      ),
      audience: derived(text(), "`audience`, as Auth0 and others want it.", "none"),
      resource: derived(text(), "`resource` (RFC 8707).", "none"),
      header,
    }),
  }),
  oneProof,
);

function* oneProof(credential: unknown): Iterable<Finding> {
  if (!isRecord(credential)) return;
  const { clientSecret, clientAuth, privateKey: key } = credential;
  if (clientSecret === undefined && key === undefined) {
    yield { path: ["clientSecret"], message: "is missing: a clientSecret or a privateKey says who the client is" };
  } else if (key !== undefined && clientSecret !== undefined) {
    yield { path: ["privateKey"], message: "does not go with a clientSecret: one of them says who the client is" };
  } else if (key !== undefined && clientAuth !== undefined) {
    yield { path: ["clientAuth"], message: "says how a clientSecret is said; a privateKey has one way" };
  }
}
