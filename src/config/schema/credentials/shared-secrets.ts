/** What the mesh and an origin both know: values of headers, keys of HMACs. */
import * as z from "zod";
import { recordOf } from "../finding.ts";
import { CONNECTION_HEADERS, NAME_PATTERN } from "../names.ts";
import { secretRefSchema, secretValueSchema } from "../secret-ref.ts";
import { required, setting, withDefaults } from "../setting.ts";

const HEADER = new RegExp(
  `^(?!(?:host|${CONNECTION_HEADERS.join("|")})$)(?!x-heddle-)(?!cf-)[A-Za-z0-9!#$%&'*+.^_\`|~-]{1,256}$`,
  "i",
);

export const secretHeadersSchema = z.strictObject({
  type: required(
    z.literal("Headers"),
    "Headers whose values are secrets. What a caller sends under their names is replaced.",
  ),
  headers: required(
    recordOf(
      HEADER,
      "is not a header that can be set: not a header name, one that belongs to the connection or the platform, or one of Heddle's own (x-heddle-…)",
      secretValueSchema,
    ),
    "Secrets by the header that they go into.",
  ),
});

/** RFC 8941 strings and our own scheme take it without escapes. */
export const keyId = () =>
  z.string().regex(NAME_PATTERN, { error: 'must be 1 to 63 letters, digits, ".", "_" or "-"' });

export const maxBodyBytes = setting(
  z
    .int()
    .min(0)
    .max(8 * 1024 * 1024),
  "Bodies up to so many bytes are kept in memory to be signed; requests with larger ones are answered 413.",
  1024 * 1024,
  "more than most requests, and little beside an isolate's 128 MB",
);

export const hmacCredentialSchema = z.strictObject({
  type: required(
    z.literal("HMAC"),
    "Heddle's own HMAC scheme, which another Heddle mesh takes (authentication of the type HMAC); src/security/authn/README.md has the recipe.",
  ),
  keyId: required(keyId(), "Id by which the origin knows the key."),
  key: required(secretRefSchema, "The key: 32 characters or more."),
  ...withDefaults({
    body: setting(
      z.enum(["signed", "ignored"]),
      "Whether the body's digest is signed. With `ignored` bodies of any size stream, and can be changed on the way.",
      "signed",
      "who can change a body can change what a request does",
    ),
    maxBodyBytes,
  }),
});
