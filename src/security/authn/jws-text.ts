/**
 * The text of a signed token, taken apart without believing it: strict base64url, strict UTF-8, JSON objects that say nothing
 * twice. Whoever reads a token less strictly than its endpoint could be shown another token than the endpoint sees.
 *
 * Source: RFC 7515 §4 and RFC 7519 §4, which leave it to the reader whether repeated members are refused; RFC 8725 §2.4.
 */
import { bytesOfBase64url } from "./bytes.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

export interface JwsText {
  readonly header: JsonObject;
  /** Not decoded: it says nothing before the signature was checked. */
  readonly payload: string;
}

/** Null for what is no compact JWS. Never throws. Linear. */
export function jwsText(token: string): JwsText | null {
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  if (first <= 0 || second < 0 || token.indexOf(".", second + 1) >= 0) return null;
  if (second === token.length - 1 || bytesOfBase64url(token.slice(second + 1)) === null) return null;
  if (bytesOfBase64url(token.slice(first + 1, second)) === null) return null;
  const header = jsonObject(token.slice(0, first));
  return header === null ? null : { header, payload: token.slice(first + 1, second) };
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A JSON object in base64url; null for anything else, and for one that has a member twice at its top. Never throws. */
export function jsonObject(part: string): JsonObject | null {
  const bytes = bytesOfBase64url(part);
  if (bytes === null) return null;
  try {
    const text = decoder.decode(bytes);
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject && !hasRepeatedMember(text) ? (value as JsonObject) : null;
  } catch {
    return null;
  }
}

/**
 * Whether an object has a member twice at its top, however the names are spelt.
 *
 * - `text`: valid JSON of an object. Linear; allocates for the names only.
 */
export function hasRepeatedMember(text: string): boolean {
  const seen = new Set<string>();
  let depth = 0;
  let expectsName = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === '"') {
      const end = endOfString(text, at);
      if (depth === 1 && expectsName) {
        const name = JSON.parse(text.slice(at, end + 1)) as string;
        if (seen.has(name)) return true;
        seen.add(name);
        expectsName = false;
      }
      at = end;
    } else if (char === "{" || char === "[") {
      depth += 1;
      expectsName = depth === 1;
    } else if (char === "}" || char === "]") depth -= 1;
    else if (char === "," && depth === 1) expectsName = true;
  }
  return false;
}

/** Where the string that begins at `start` ends. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}
