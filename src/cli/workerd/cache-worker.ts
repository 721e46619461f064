/**
 * The Cache API of a local edge: workerd hands every `caches` call to this Worker as a request, and it keeps answers in
 * memory while they are fresh. workerd itself has no cache, and without one `stale-if-error` could not be tried out.
 *
 * The protocol: `GET` looks up, answered with `cf-cache-status: HIT` or a 504 `MISS`; `PUT` stores the HTTP/1.1
 * message in its body; `PURGE` deletes. Not supported, because nothing here asks for it: ranges, `Vary`, revalidation.
 *
 * Source: workerd, src/workerd/api/cache.c++.
 */

interface CachedAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array<ArrayBuffer>;
  readonly storedAtMs: number;
  readonly freshForMs: number;
}

/** Answers kept at most; the oldest leaves first. Plenty for one developer, small for a laptop. */
const MAX_ANSWERS = 1_000;
/** Statuses whose answers have no body, and for which the platform refuses to make one. */
const NULL_BODY_STATUSES: readonly number[] = [101, 204, 205, 304];

const answers = new Map<string, CachedAnswer>();

export default {
  async fetch(request: Request): Promise<Response> {
    const key = `${request.headers.get("cf-cache-namespace") ?? ""} ${request.url}`;
    if (request.method === "PUT") return store(key, new Uint8Array(await request.arrayBuffer()));
    if (request.method === "PURGE") return new Response(null, { status: answers.delete(key) ? 200 : 404 });
    return lookUp(key);
  },
};

function lookUp(key: string): Response {
  const answer = answers.get(key);
  const ageMs = answer === undefined ? 0 : Date.now() - answer.storedAtMs;
  if (answer === undefined || ageMs >= answer.freshForMs) {
    answers.delete(key);
    return new Response(null, { status: 504, headers: { "cf-cache-status": "MISS" } });
  }
  const headers = new Headers(answer.headers.map(([name, value]) => [name, value]));
  headers.set("cf-cache-status", "HIT");
  headers.set("age", String(Math.floor(ageMs / 1_000)));
  const body = NULL_BODY_STATUSES.includes(answer.status) ? null : answer.body;
  return new Response(body, { status: answer.status, headers });
}

function store(key: string, message: Uint8Array<ArrayBuffer>): Response {
  const answer = parseMessage(message, Date.now());
  if (answer === null) return new Response(null, { status: 413 });
  answers.delete(key);
  answers.set(key, answer);
  for (const oldest of answers.keys()) {
    if (answers.size <= MAX_ANSWERS) break;
    answers.delete(oldest);
  }
  return new Response(null, { status: 204 });
}

function parseMessage(message: Uint8Array<ArrayBuffer>, nowMs: number): CachedAnswer | null {
  const headEnd = endOfHead(message);
  if (headEnd < 0) return null;
  const [statusLine, ...lines] = new TextDecoder("latin1").decode(message.subarray(0, headEnd)).split("\r\n");
  const status = Number(statusLine?.split(" ")[1]);
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const freshForMs = freshness(headers.find(([name]) => name === "cache-control")?.[1] ?? "");
  if (!(status >= 200 && status < 600) || freshForMs <= 0) return null;
  return {
    status,
    // The message may say "chunked", but its body never is.
    headers: headers.filter(([name]) => name !== "transfer-encoding" && name !== "content-length"),
    body: message.slice(headEnd + 4),
    storedAtMs: nowMs,
    freshForMs,
  };
}

function endOfHead(message: Uint8Array): number {
  for (let i = 0; i + 3 < message.length; i++) {
    if (message[i] === 13 && message[i + 1] === 10 && message[i + 2] === 13 && message[i + 3] === 10) return i;
  }
  return -1;
}

/** `s-maxage` before `max-age`; 0 for what must not be stored. */
function freshness(cacheControl: string): number {
  if (/\b(no-store|private|no-cache)\b/.test(cacheControl)) return 0;
  const seconds = /\bs-maxage=(\d+)/.exec(cacheControl)?.[1] ?? /\bmax-age=(\d+)/.exec(cacheControl)?.[1] ?? "0";
  return Number(seconds) * 1_000;
}
