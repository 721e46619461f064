/** HTTP Message Signatures: RFC 9421, with the Content-Digest of RFC 9530. */
import * as z from "zod";
import { COMPONENT, componentFault } from "../../../core/http-signature/component.ts";
import { SIGNATURE_ALGORITHMS } from "../../../core/mesh-origins.ts";
import { duration } from "../duration.ts";
import { isRecord, withFindings } from "../finding.ts";
import { secretRefSchema } from "../secret-ref.ts";
import { derived, required, setting, withDefaults } from "../setting.ts";
import { maxBodyBytes } from "./shared-secrets.ts";

/** Printable ASCII: what an RFC 8941 string can hold. */
const text = () =>
  z
    .string()
    .max(256)
    .regex(/^[\x20-\x7e]*$/, { error: "must be printable ASCII" });

const component = () =>
  z
    .string()
    .max(256)
    .regex(COMPONENT, {
      error: 'must be a derived component such as "@path", or the name of a header in lower case',
      abort: true,
    })
    .superRefine((value, context) => {
      const fault = componentFault(value);
      if (fault !== null) context.addIssue({ code: "custom", message: fault });
    });

export const messageSignatureSchema = withFindings(
  z.strictObject({
    type: required(z.literal("MessageSignature"), "HTTP Message Signatures (RFC 9421)."),
    keyId: required(text().min(1), "The parameter `keyid`: how the origin finds the key."),
    algorithm: required(z.enum(SIGNATURE_ALGORITHMS), "Of RFC 9421's registry."),
    key: required(
      secretRefSchema,
      "The key: a private key as PKCS#8 in PEM or as a JWK; for hmac-sha256 a text of 32 characters or more, or a JWK.",
    ),
    ...withDefaults({
      components: setting(
        z.array(component()).min(1).max(64),
        "What is signed, in this order. Headers that a request does not have are left out; `content-digest` comes last where it is not listed.",
        ["@method", "@authority", "@path", "@query", "content-type"],
        "what a request asks for, of whom, and how its body is read",
      ),
      contentDigest: setting(
        z.boolean(),
        "Whether the body's SHA-256 is sent as Content-Digest (RFC 9530) and signed.",
        true,
        "who can change a body can change what a request does",
      ),
      label: setting(
        z.string().regex(/^[a-z*][a-z0-9_.*-]{0,63}$/, { error: "must be a key of a dictionary: lower case" }),
        "Under which the signature stands.",
        "heddle",
        "its maker",
      ),
      tag: derived(text().min(1), "The parameter `tag`: what the signature is for.", "none"),
      expires: setting(
        duration("0s", "1h"),
        "The parameter `expires`: so long after `created`; 0s leaves it out.",
        "5m",
        "as much as clocks differ, and no more",
      ),
      maxBodyBytes,
    }),
  }),
  function* (credential) {
    if (!isRecord(credential) || !Array.isArray(credential.components)) return;
    for (const [index, name] of credential.components.entries()) {
      const path = ["components", index];
      if (credential.components.indexOf(name) !== index) yield { path, message: `${name} is there already` };
      else if (name === "content-digest" && credential.contentDigest === false) {
        yield { path, message: "would be a caller's word for the body: contentDigest is false" };
      }
    }
  },
);
