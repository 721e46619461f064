/**
 * An origin that is a socket and a strict reading of RFC 9112, nothing else: it writes down every request that arrives, with
 * its framing, and everything on its connections that is none. A server of a library would hide what attacks are about.
 */
import type { Socket } from "node:net";
import type { RawOrigin } from "../harness/raw-origin.ts";
import type { Resources } from "../harness/resources.ts";

export interface RecordedRequest {
  readonly method: string;
  readonly target: string;
  /** As they were received, one entry for each line. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Which of the origin's connections, from 0. */
  readonly connection: number;
}

export interface RecordingOrigin extends RawOrigin {
  readonly requests: RecordedRequest[];
  /** What was received and is no request: two lengths, a broken line, bytes after the last one. */
  readonly malformed: string[];
  /** Bytes that were received and belong to no whole request yet, of all connections that are open. */
  unfinishedBytes(): number;
}

export type Respond = (request: RecordedRequest) => string;

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP\/1\.1$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*$/;

/** - `respond`: the bytes that answer a request; default a 200. */
export async function startRecordingOrigin(
  own: Resources,
  name: string,
  respond: Respond = () => OK,
): Promise<RecordingOrigin> {
  const requests: RecordedRequest[] = [];
  const malformed: string[] = [];
  const unfinished = new Map<Socket, number>();
  const origin = await own.rawOrigin(name, (socket, connection) => {
    socket.on("close", () => unfinished.delete(socket));
    record(socket, connection, requests, malformed, respond, (bytes) => unfinished.set(socket, bytes));
  });
  const unfinishedBytes = () => [...unfinished.values()].reduce((sum, bytes) => sum + bytes, 0);
  return { ...origin, requests, malformed, unfinishedBytes };
}

/** The values of one header of a recorded request. */
export function valuesIn({ headers }: RecordedRequest, name: string): string[] {
  return headers.filter(([own]) => own.toLowerCase() === name).map(([, value]) => value);
}

function record(
  socket: Socket,
  connection: number,
  requests: RecordedRequest[],
  malformed: string[],
  respond: Respond,
  onUnfinished: (bytes: number) => void,
): void {
  let seen = Buffer.alloc(0);
  let isBroken = false;
  const fail = (why: string) => {
    isBroken = true;
    malformed.push(`${why}: ${JSON.stringify(seen.toString("latin1").slice(0, 400))}`);
    socket.destroy();
  };
  socket.on("data", (chunk) => {
    seen = Buffer.concat([seen, chunk]);
    while (!isBroken) {
      onUnfinished(seen.length);
      const end = seen.indexOf("\r\n\r\n");
      if (end < 0) return;
      const [first = "", ...lines] = seen.subarray(0, end).toString("latin1").split("\r\n");
      const line = LINE.exec(first);
      const fields = lines.map((text) => FIELD.exec(text));
      if (line === null || fields.includes(null)) return fail("not a head");
      const headers = fields.map((field) => [field![1]!, field![2]!] as const);
      const body = bodyOf(headers, seen.subarray(end + 4));
      if (body === null) return;
      if (typeof body === "string") return fail(body);
      seen = seen.subarray(end + 4 + body.wireBytes);
      const request = { method: line[1]!, target: line[2]!, headers, body: body.bytes, connection };
      requests.push(request);
      socket.write(respond(request), "latin1");
    }
  });
  socket.on("end", () => {
    if (!isBroken && seen.length > 0) fail("cut off");
  });
}

interface Body {
  readonly bytes: Buffer;
  readonly wireBytes: number;
}

/** Null while it is not all there; text when its framing is not one. */
function bodyOf(headers: readonly (readonly [string, string])[], rest: Buffer): Body | string | null {
  const named = (wanted: string) => headers.filter(([name]) => name.toLowerCase() === wanted);
  const lengths = named("content-length");
  const encodings = named("transfer-encoding");
  if (named("host").length !== 1) return "not one Host";
  if (lengths.length > 1 || encodings.length > 1 || (lengths.length > 0 && encodings.length > 0)) return "two framings";
  if (encodings.length === 1) {
    return encodings[0]![1].toLowerCase() === "chunked" ? chunkedBody(rest) : "an encoding that is not chunked";
  }
  if (lengths.length === 0) return { bytes: Buffer.alloc(0), wireBytes: 0 };
  if (!/^\d+$/.test(lengths[0]![1])) return "a length that is none";
  const length = Number(lengths[0]![1]);
  return rest.length < length ? null : { bytes: rest.subarray(0, length), wireBytes: length };
}

function chunkedBody(rest: Buffer): Body | string | null {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = rest.indexOf("\r\n", at);
    if (end < 0) return null;
    const size = rest.subarray(at, end).toString("latin1");
    if (!/^[0-9A-Fa-f]{1,8}$/.test(size)) return "a chunk size that is none";
    const from = end + 2;
    const to = from + Number.parseInt(size, 16);
    if (rest.length < to + 2) return null;
    if (rest.subarray(to, to + 2).toString() !== "\r\n") return "a chunk that does not end";
    if (to === from) return { bytes: Buffer.concat(parts), wireBytes: to + 2 };
    parts.push(rest.subarray(from, to));
    at = to + 2;
  }
}
