/** Base64url of megabytes: in pieces, since neither arguments nor regular expressions take so many at once. */

/** Bytes at a time: a multiple of 3, and few enough to be arguments. */
const CHUNK = 24_576;

/** Without padding. */
export function longBase64url(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK) {
    parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + CHUNK))));
  }
  return parts.join("").replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Null for what is none. Never throws. */
export function bytesOfLongBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  if (/[^A-Za-z0-9_-]/.test(text) || text.length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  const step = (CHUNK / 3) * 4;
  for (let at = 0, to = 0; at < text.length; at += step, to += CHUNK) {
    const decoded = atob(
      text
        .slice(at, at + step)
        .replaceAll("-", "+")
        .replaceAll("_", "/"),
    );
    for (let i = 0; i < decoded.length; i += 1) bytes[to + i] = decoded.charCodeAt(i);
  }
  return bytes;
}
