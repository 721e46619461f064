/** Signature Version 4 of AWS: Lambda URLs, API Gateway, S3. */
import * as z from "zod";
import { secretRefSchema } from "../secret-ref.ts";
import { derived, required, setting, withDefaults } from "../setting.ts";
import { maxBodyBytes } from "./shared-secrets.ts";

const word = (example: string) =>
  z.string().regex(/^[a-z0-9-]{1,63}$/, { error: `must be as AWS writes it, as in ${example}` });

export const awsSigV4Schema = z.strictObject({
  type: required(z.literal("AWSSigV4"), "Signature Version 4 of AWS."),
  region: required(word("us-east-1"), "The region that the origin is in."),
  service: required(
    word("lambda"),
    "As AWS names it for signatures: lambda for function URLs, execute-api for API Gateway, s3.",
  ),
  accessKeyId: required(secretRefSchema, "Of an IAM user or role that may do what is forwarded, and nothing else."),
  secretAccessKey: required(secretRefSchema, "Its key."),
  ...withDefaults({
    sessionToken: derived(secretRefSchema, "Of temporary credentials.", "none: the key is a lasting one"),
    payload: setting(
      z.enum(["signed", "unsigned"]),
      "Whether the body's digest is signed. S3 alone takes unsigned ones, by https; then bodies of any size stream.",
      "signed",
      "as the SDKs of AWS do",
    ),
    passHeaders: setting(
      z.array(z.string().regex(/^x-amz-[a-z0-9-]*\*?$/, { error: 'must begin with "x-amz-", in lower case' })).max(64),
      'Headers that callers may send to AWS under our name, "*" at the end for any: x-amz-meta-*.',
      [],
      "none: x-amz-copy-source or x-amz-acl would let callers do whatever our key may",
    ),
    maxBodyBytes,
  }),
});
