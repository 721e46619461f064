/** What one text of a config looks like, given the name of its field. */
import { SECRET_NAME } from "../../core/secret-name.ts";
import { knownFormatIn } from "./formats.ts";
import { saysPassword, saysSecret } from "./names.ts";
import { isPlaceholder, isRandom } from "./randomness.ts";

export interface Look {
  /** As it follows "looks like". */
  readonly what: string;
  /** What stands before the secret in its field, as `{ secret: NAME, prefix: … }` takes it; "" nothing. */
  readonly prefix: string;
}

const SCHEME = /^(Bearer|Token|ApiKey|Api-Key|GenieKey) +([A-Za-z0-9._~+/:=-]{8,})$/i;
const BASIC = /^(Basic) +([A-Za-z0-9+/]{6,}={0,2})$/i;
/** user:password@ of an absolute URL. */
const USERINFO = /^[a-z][a-z0-9+.-]{1,31}:\/\/[^\s/?#@:]{0,256}:([^\s/?#@]{1,512})@/i;
const PARAMETER =
  /[?&#](?:(key|code)|(sig|signature|x-amz-signature|x-goog-signature|token|access[-_]?token|auth[-_]?token|api[-_]?key|apikey|client[-_]?secret|secret|password|passwd|pwd))=([^&#\s]{6,})/gi;
/** base64 of 30 bytes. */
const AWS_SECRET = /^[A-Za-z0-9/+]{40}$/;
const AWS_SECRET_NAME = /secret.?(?:access.?)?key/i;
const HEX = /^[0-9a-f]+$/i;

/**
 * Null for what is no secret, as far as can be told.
 *
 * - `name`: of the field, or of the header, that the text is the value of.
 * - `besideKeyId`: an access key of AWS stands in the same object.
 */
export function lookAt(text: string, name: string, besideKeyId: boolean): Look | null {
  const scheme = SCHEME.exec(text) ?? BASIC.exec(text);
  if (scheme !== null && !isPlaceholder(scheme[2]!) && (saysSecret(name) || isRandom(scheme[2]!))) {
    const kind = /^basic/i.test(text) ? "a user's password" : "a bearer token";
    return { what: `${kind} (${scheme[1]})`, prefix: `${scheme[1]} ` };
  }
  const known = knownFormatIn(text);
  if (known !== null) return { what: known.what, prefix: "" };
  if (isUrlWithPassword(text)) return { what: "a URL with a password", prefix: "" };
  const parameter = secretParameterIn(text);
  if (parameter !== null) return { what: `a URL with a secret (${parameter}=)`, prefix: "" };
  if (AWS_SECRET.test(text) && !HEX.test(text) && (besideKeyId || AWS_SECRET_NAME.test(name)) && isRandom(text)) {
    return { what: "a secret access key of AWS", prefix: "" };
  }
  if (!saysSecret(name)) return null;
  if (isRandom(text)) return { what: "a secret: random, in a field whose name says so", prefix: "" };
  if (saysPassword(name) && text.length >= 6 && !isNameOfSecret(text, name) && !isPlaceholder(text)) {
    return { what: "a password, by the name of its field", prefix: "" };
  }
  return null;
}

/** Names of secrets are written in capitals; in the field that takes one, in any way that its schema accepts. */
function isNameOfSecret(text: string, field: string): boolean {
  return /^[A-Z][A-Z0-9_]+$/.test(text) || (/^(?:secret|[a-z]+Secret)$/.test(field) && SECRET_NAME.test(text));
}

function isUrlWithPassword(text: string): boolean {
  const password = USERINFO.exec(text)?.[1];
  return password !== undefined && !isPlaceholder(password);
}

/** The name of the first parameter of a URL or path that holds a secret. */
function secretParameterIn(text: string): string | null {
  if (!/^(?:[a-z][a-z0-9+.-]{1,31}:\/)?\//i.test(text)) return null;
  for (const [found, sometimes, always, value] of text.matchAll(PARAMETER)) {
    if (isPlaceholder(value!) || /[{}()[\]*|\\^$<>]/.test(value!)) continue;
    if (sometimes !== undefined ? isRandom(value!) : isRandom(value!) || /\d/.test(value!)) {
      return found.slice(1, 1 + (sometimes ?? always)!.length);
    }
  }
  return null;
}
