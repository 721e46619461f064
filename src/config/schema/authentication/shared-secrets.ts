/** Callers known by something both sides have: API keys, signing keys, passwords. */
import * as z from "zod";
import { duration } from "../duration.ts";
import { isRecord, recordOf, withFindings } from "../finding.ts";
import { NAME_MESSAGE, NAME_PATTERN } from "../names.ts";
import { secretName } from "../secret-ref.ts";
import { derived, required, setting, withDefaults } from "../setting.ts";
import { placesSchema } from "./places.ts";

const scopes = () => z.array(z.string().min(1).max(128)).max(64);

/** RFC 3339, with the offset. */
const dateTime = () =>
  z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/, {
      error: "must be a date and time with its offset, as in 2027-01-31T00:00:00Z",
      abort: true,
    })
    .refine((text) => Number.isFinite(Date.parse(text)), { error: "is no date" });

const apiKey = z.strictObject({
  sha256: required(
    z.string().regex(/^[0-9a-f]{64}$/i, { error: "must be a SHA-256 in hex: 64 digits" }),
    "SHA-256 of the key, in hex. Keys are random texts of 128 bits or more, never words: `openssl rand -hex 32`.",
  ),
  ...withDefaults({
    scopes: setting(scopes(), "What it may be used for: the claim `scopes`.", [], "none"),
    expires: derived(dateTime(), "When it ends, as in 2027-01-31T00:00:00Z.", "it does not"),
  }),
});

const issuedKeys = z.strictObject(
  withDefaults({
    refresh: setting(
      duration("1s", "1h"),
      "Keys older than this are asked for again behind requests; a request that finds them twice as old waits for the answer. So a key that was revoked is refused everywhere after twice this time.",
      "15s",
      "half a minute until a revocation holds, for four calls a minute of each data centre that has traffic",
    ),
    keep: setting(
      duration("1m", "720h"),
      "Keys are believed for so long when the object that keeps them does not answer.",
      "24h",
      "as for the keys of an issuer: callers outlive a day without a control plane",
    ),
    timeout: setting(
      duration("50ms", "30s"),
      "For one answer.",
      "2s",
      "an object that is well answers in 0.3 s from anywhere",
    ),
  }),
);

export const apiKeySchema = withFindings(
  z.strictObject({
    type: required(z.literal("APIKey"), "Keys that callers send along."),
    ...withDefaults({
      keys: setting(
        recordOf(NAME_PATTERN, NAME_MESSAGE, apiKey),
        "Keys by name; the name is the principal's.",
        {},
        "none but those that are issued",
      ),
      issued: derived(
        issuedKeys,
        "Believe keys that the control plane made as well: `heddle api-key create`, or POST /v1/api-keys. `{}` for the defaults.",
        "keys of the config only",
      ),
      from: setting(
        placesSchema("", "the whole value"),
        "Where keys are looked for; the first place that has one counts.",
        [{ header: "x-api-key", prefix: "" }],
        "the usual header",
      ),
      forward: setting(z.boolean(), "Whether endpoints see the key.", false, "nobody else needs it"),
    }),
  }),
  function* (provider) {
    if (!isRecord(provider) || provider.issued !== undefined) return;
    if (isRecord(provider.keys) && Object.keys(provider.keys).length > 0) return;
    yield { path: [], message: "has no keys: name some under keys, or say issued: {} for those of the control plane" };
  },
);

const hmacKey = z.strictObject({
  secret: required(secretName(), "Name of the secret with the key: 32 characters or more."),
  ...withDefaults({ scopes: setting(scopes(), "What it may be used for: the claim `scopes`.", [], "none") }),
});

const noncesSchema = z.strictObject({
  scope: required(
    z.literal("global"),
    "All isolates together, by a Durable Object for each key: every signed request waits for it (some 10 to 300 ms, by distance) and costs a request to it and a written row.",
  ),
  ...withDefaults({
    timeout: setting(
      duration("10ms", "10s"),
      "For its answer.",
      "1s",
      "an object that is well answers in 0.3 s from anywhere",
    ),
    onFailure: setting(
      z.enum(["refuse", "allow"]),
      "What holds when it does not answer in time: 503, or what the isolate knows by itself.",
      "refuse",
      "who asks for this would rather do nothing than do it twice",
    ),
  }),
});

export const hmacSchema = z.strictObject({
  type: required(
    z.literal("HMAC"),
    "Requests signed with a shared secret; src/security/authn/README.md has the recipe.",
  ),
  keys: required(recordOf(NAME_PATTERN, NAME_MESSAGE, hmacKey), "Keys by id; the id is the principal's."),
  ...withDefaults({
    window: setting(
      duration("1s", "1h"),
      "How far a request's time may be from ours, before or after.",
      "5m",
      "as in AWS Signature Version 4",
    ),
    maxNonces: setting(
      z.int().min(100).max(1_000_000),
      "Requests of the window that an isolate remembers. When there are more, the window gets shorter: nothing is taken twice.",
      100_000,
      "about 10 MB, and 160 requests a second for ten minutes",
    ),
    nonces: derived(
      noncesSchema,
      "Who remembers which requests were taken. Without it each isolate does, by itself: within `window` a copy of a request may pass elsewhere.",
      "each isolate by itself",
    ),
    body: setting(
      z.enum(["signed", "ignored"]),
      "signed: the digest of the body is signed too, so the body is read before anything is done. ignored: only its place is.",
      "signed",
      "who may change the body may change the request",
    ),
    maxBodyBytes: setting(
      z.int().min(0).max(16_777_216),
      "Signed requests with a larger body are refused.",
      1_048_576,
      "it is held in memory while its digest is made",
    ),
  }),
});

const basicUser = z
  .string()
  .regex(/^pbkdf2-sha256\$[1-9][0-9]{3,5}\$[A-Za-z0-9_-]{22,86}\$[A-Za-z0-9_-]{43}$/, {
    error: "must be pbkdf2-sha256$<iterations>$<salt>$<hash>, salt (16 bytes or more) and hash (32 bytes) in base64url",
  })
  .refine((text) => Number(text.split("$")[1]) >= 10_000 && Number(text.split("$")[1]) <= 100_000, {
    error: "must have 10000 to 100000 iterations: Workers derive no further",
  });

export const basicSchema = z.strictObject({
  type: required(z.literal("Basic"), "User names and passwords (RFC 7617), for a handful of people."),
  users: required(
    recordOf(/^[^:\p{Cc}]{1,128}$/u, "must be 1 to 128 characters, without colons", basicUser),
    "Hashed passwords by user; src/security/authn/README.md says how to make one. At most 32.",
  ),
  ...withDefaults({
    realm: setting(
      z.string().regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,128}$/, {
        error: "must be printable ASCII without quotes and backslashes",
      }),
      "What browsers show people who are asked.",
      "heddle",
      "it has to be something",
    ),
    forward: setting(z.boolean(), "Whether endpoints see user and password.", false, "nobody else needs them"),
  }),
});
