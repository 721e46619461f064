/** What a field's name says of its value. */
import { isCredential } from "../../core/credentials.ts";

const KEY_WORD =
  /(?:^|-)(?:pass(?:word|wd|phrase)?|pwd|secrets?|credentials?|auth|bearer|jwt|sas|psk|key|token|signature|cookie|session-id)$/;
const PASSWORD_WORD = /(?:^|-)(?:pass(?:word|wd|phrase)?|pwd|secret)$/;
/** Digests say nothing of what they are of, and are made to be written down. */
const DIGEST_WORD = /(?:^|-)(?:sha-?\d*|hash|digest|fingerprint|checksum|etag|pbkdf2|users)$/;

/** "clientSecret", "CLIENT_SECRET" and "client-secret" are one name. */
function normal(name: string): string {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1-$2")
    .replaceAll(/[_.\s]+/g, "-")
    .toLowerCase();
}

/** Whether a field of this name usually holds a secret. Never throws. */
export function saysSecret(name: string): boolean {
  const plain = normal(name);
  return !DIGEST_WORD.test(plain) && (isCredential(plain) || KEY_WORD.test(plain));
}

/** Whether it holds a secret however short it is. Never throws. */
export function saysPassword(name: string): boolean {
  return PASSWORD_WORD.test(normal(name));
}
