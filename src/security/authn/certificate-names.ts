/**
 * The alternative names of a certificate: DNS names, URIs, mail and IP addresses, each as text. Only that much of DER is read:
 * the platform has verified the rest.
 *
 * Source: RFC 5280 §4.1 and §4.2.1.6; X.690 §8 for DER; RFC 9440 §2.1 for the colons around the base64.
 */

interface Element {
  readonly tag: number;
  /** Of the content. */
  readonly start: number;
  readonly end: number;
}

/** 2.5.29.17 */
const SUBJECT_ALT_NAME = [0x55, 0x1d, 0x11];
const EXTENSIONS = 0xa3;
const OID = 0x06;
const OCTET_STRING = 0x04;
/** Cloudflare leaves larger ones out. */
const MAX_LENGTH = 20_000;

/** `field`: ":<base64 of the DER>:". Null for what cannot be read; none when it has no such names. Never throws. Linear. */
export function subjectAltNamesOf(field: string): readonly string[] | null {
  if (field.length < 4 || field.length > MAX_LENGTH || !field.startsWith(":") || !field.endsWith(":")) return null;
  try {
    const der = Uint8Array.from(atob(field.slice(1, -1)), (char) => char.charCodeAt(0));
    const certificate = elementAt(der, 0, der.length);
    const tbs = elementAt(der, certificate.start, certificate.end);
    const extensions = childrenOf(der, tbs).find(({ tag }) => tag === EXTENSIONS);
    if (extensions === undefined) return [];
    for (const extension of childrenOf(der, childrenOf(der, extensions)[0]!)) {
      const parts = childrenOf(der, extension);
      const oid = parts.find(({ tag }) => tag === OID);
      const value = parts.find(({ tag }) => tag === OCTET_STRING);
      if (oid === undefined || value === undefined || !isOid(der, oid)) continue;
      return childrenOf(der, elementAt(der, value.start, value.end)).flatMap((name) => nameText(der, name));
    }
    return [];
  } catch {
    return null;
  }
}

function isOid(der: Uint8Array, { start, end }: Element): boolean {
  return end - start === SUBJECT_ALT_NAME.length && SUBJECT_ALT_NAME.every((byte, i) => der[start + i] === byte);
}

function childrenOf(der: Uint8Array, { start, end }: Element): readonly Element[] {
  const found: Element[] = [];
  for (let at = start; at < end; at = found.at(-1)!.end) found.push(elementAt(der, at, end));
  return found;
}

/** Throws for what does not fit into `limit`. */
function elementAt(der: Uint8Array, at: number, limit: number): Element {
  const tag = der[at]!;
  let length = der[at + 1]!;
  let start = at + 2;
  if (length & 0x80) {
    const bytes = length & 0x7f;
    if (bytes === 0 || bytes > 3) throw new RangeError(`length of ${bytes} bytes at ${at}`);
    length = 0;
    for (let i = 0; i < bytes; i += 1) length = length * 256 + der[start + i]!;
    start += bytes;
  }
  const end = start + length;
  if (!(end <= limit)) throw new RangeError(`element at ${at} ends at ${end} of ${limit}`);
  return { tag, start, end };
}

const ascii = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** [1] mail, [2] DNS, [6] URI as they are; [7] an address; other kinds none. */
function nameText(der: Uint8Array, { tag, start, end }: Element): readonly string[] {
  const bytes = der.subarray(start, end);
  if (tag === 0x81 || tag === 0x86) return [ascii.decode(bytes)];
  if (tag === 0x82) return [ascii.decode(bytes).toLowerCase()];
  if (tag === 0x87 && bytes.length === 4) return [bytes.join(".")];
  if (tag !== 0x87 || bytes.length !== 16) return [];
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! * 256 + bytes[2 * i + 1]!).toString(16));
  return [new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1)];
}
