/**
 * DNS messages as DNS over HTTPS carries them: a query with one question, and answers with the records that endpoints are
 * made of. Everything else in an answer is skipped by its length.
 *
 * Why not a package: those that are kept need Node's Buffer; what is needed here is this page.
 *
 * Source: RFC 1035 (4: messages, 4.1.4: compression), RFC 3596 (AAAA), RFC 2782 (SRV), RFC 2308 (SOA in denials).
 */

export const TYPES = { A: 1, CNAME: 5, SOA: 6, AAAA: 28, SRV: 33 } as const;
export type RecordType = "A" | "AAAA" | "SRV";

export interface DnsRecord {
  /** In lower case, without the last dot; bytes that host names do not have as "\ddd". "": the root. */
  readonly name: string;
  /** Seconds; 0 for what has its highest bit set (RFC 2181). */
  readonly ttlS: number;
  readonly data: RecordData;
}

export type RecordData =
  /** As text; IPv6 in full, eight groups. */
  | { readonly type: "A" | "AAAA"; readonly address: string }
  | { readonly type: "CNAME"; readonly target: string }
  | {
      readonly type: "SRV";
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  | { readonly type: "SOA"; readonly minimumS: number };

export interface DnsMessage {
  /** RCODE: 0 no error, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED … */
  readonly code: number;
  readonly isTruncated: boolean;
  readonly question: { readonly name: string; readonly type: number };
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
}

const CLASS_IN = 1;
const HEADER_BYTES = 12;
const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;

/**
 * A query that asks for recursion. Its id is 0, so that caches see equal queries as equal (RFC 8484, 4.1). Null for what is
 * no name: empty labels, labels of more than 63 bytes, more than 255 in all, or what is not ASCII. Never throws.
 */
export function encodeQuery(name: string, type: RecordType): Uint8Array | null {
  const labels = name.replace(/\.$/, "").split(".");
  const length = labels.reduce((sum, label) => sum + label.length + 1, 1);
  const isName = labels.every((label) => /^[\x21-\x7e]+$/.test(label) && label.length <= MAX_LABEL_BYTES);
  if (!isName || length > MAX_NAME_BYTES) return null;
  const bytes = new Uint8Array(HEADER_BYTES + length + 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(2, 0x0100);
  view.setUint16(4, 1);
  let at = HEADER_BYTES;
  for (const label of labels) {
    bytes[at++] = label.length;
    for (let i = 0; i < label.length; i++) bytes[at++] = label.charCodeAt(i);
  }
  view.setUint16(at + 1, TYPES[type]);
  view.setUint16(at + 3, CLASS_IN);
  return bytes;
}

/** Null for what is no answer to one question. Never throws; linear in the bytes, whatever they are. */
export function decodeMessage(bytes: Uint8Array): DnsMessage | null {
  const reader: Reader = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
  if (bytes.length < HEADER_BYTES) return null;
  const flags = reader.view.getUint16(2);
  const [questions, answers, authorities] = [4, 6, 8].map((at) => reader.view.getUint16(at)) as [
    number,
    number,
    number,
  ];
  const [isAnswer, opcode] = [(flags & 0x8000) !== 0, (flags >> 11) & 15];
  if (!isAnswer || opcode !== 0 || questions !== 1) return null;
  const name = readName(reader, HEADER_BYTES);
  if (name === null || name.end + 4 > bytes.length) return null;
  const question = { name: name.text, type: reader.view.getUint16(name.end) };
  const first = readRecords(reader, name.end + 4, answers);
  const second = first && readRecords(reader, first.end, authorities);
  if (!first || !second) return null;
  const isTruncated = (flags & 0x0200) !== 0;
  return { code: flags & 15, isTruncated, question, answers: first.records, authorities: second.records };
}

interface Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

function readRecords(reader: Reader, start: number, count: number): { records: DnsRecord[]; end: number } | null {
  const records: DnsRecord[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    const name = readName(reader, at);
    if (name === null || name.end + 10 > reader.bytes.length) return null;
    const { view } = reader;
    const [type, kind] = [view.getUint16(name.end), view.getUint16(name.end + 2)];
    const ttlS = view.getInt32(name.end + 4);
    const dataAt = name.end + 10;
    const end = dataAt + view.getUint16(name.end + 8);
    if (end > reader.bytes.length) return null;
    if (kind === CLASS_IN) {
      const data = readData(reader, type, dataAt, end);
      if (data === null) return null;
      if (data.type !== "other") records.push({ name: name.text, ttlS: Math.max(0, ttlS), data });
    }
    at = end;
  }
  return { records, end: at };
}

/** A type that is of no use here. */
const SKIPPED: { readonly type: "other" } = { type: "other" };

/** Null when the data is not what its type and length say. */
function readData(reader: Reader, type: number, at: number, end: number): RecordData | typeof SKIPPED | null {
  const { bytes, view } = reader;
  const length = end - at;
  switch (type) {
    case TYPES.A:
      return length === 4 ? { type: "A", address: bytes.subarray(at, end).join(".") } : null;
    case TYPES.AAAA: {
      if (length !== 16) return null;
      const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(at + i * 2).toString(16));
      return { type: "AAAA", address: groups.join(":") };
    }
    case TYPES.CNAME: {
      const target = readName(reader, at);
      return target?.end === end ? { type: "CNAME", target: target.text } : null;
    }
    case TYPES.SRV: {
      if (length < 7) return null;
      const target = readName(reader, at + 6);
      if (target?.end !== end) return null;
      const [priority, weight, port] = [view.getUint16(at), view.getUint16(at + 2), view.getUint16(at + 4)];
      return { type: "SRV", priority, weight, port, target: target.text };
    }
    case TYPES.SOA: {
      const server = readName(reader, at);
      const mailbox = server && readName(reader, server.end);
      return mailbox && mailbox.end + 20 === end
        ? { type: "SOA", minimumS: Math.max(0, view.getInt32(mailbox.end + 16)) }
        : null;
    }
    default:
      return SKIPPED;
  }
}

/**
 * A name, and where what follows it begins. Null when it runs out of the message, is longer than names are, or its pointers
 * do not lead backwards, which is how loops are made.
 */
function readName({ bytes, view }: Reader, start: number): { readonly text: string; readonly end: number } | null {
  const labels: string[] = [];
  let [at, end, length] = [start, -1, 0];
  // Where the run of labels that is being read began; a pointer leads before it.
  let run = start;
  for (;;) {
    const size = bytes[at];
    if (size === undefined) return null;
    if (size === 0) return { text: labels.join("."), end: end < 0 ? at + 1 : end };
    if (size >= 0xc0) {
      if (at + 2 > bytes.length) return null;
      const target = view.getUint16(at) & 0x3fff;
      if (target >= run) return null;
      if (end < 0) end = at + 2;
      at = target;
      run = target;
      continue;
    }
    if (size > MAX_LABEL_BYTES || at + 1 + size > bytes.length) return null;
    length += size + 1;
    if (length >= MAX_NAME_BYTES) return null;
    labels.push(textOf(bytes.subarray(at + 1, at + 1 + size)));
    at += size + 1;
  }
}

/** Lower case; what no host name has, dots within a label among it, as RFC 1035 writes it. */
function textOf(label: Uint8Array): string {
  let text = "";
  for (const byte of label) {
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c;
    text += isPlain ? String.fromCharCode(byte).toLowerCase() : `\\${String(byte).padStart(3, "0")}`;
  }
  return text;
}
