/**
 * Questions to a resolver over HTTPS. GET, so that what is cached on the way can answer.
 *
 * Source: RFC 8484, DNS Queries over HTTPS.
 */
import { type Answer, failure, readAnswer } from "./answer.ts";
import { decodeMessage, encodeQuery, type RecordType } from "./message.ts";

export interface Resolver {
  /** With whatever path and query it has; `dns` is added. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

const MEDIA_TYPE = "application/dns-message";
/** Longest DNS message. */
const MAX_BYTES = 65_535;
/** A resolver that asks for more is asked again after this all the same. */
const MAX_RETRY_AFTER_MS = 300_000;

/** Asks once. Never rejects. */
export async function resolve<T extends RecordType>(resolver: Resolver, name: string, type: T): Promise<Answer<T>> {
  const query = encodeQuery(name, type);
  if (query === null) return failure(`${name} is no name that DNS can hold`);
  const url = new URL(resolver.url);
  url.searchParams.set("dns", base64Url(query));
  // Aborting ends the body as well as the wait for it.
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), resolver.timeoutMs);
  try {
    const response = await resolver.fetch(url.href, {
      headers: { accept: MEDIA_TYPE, "user-agent": "heddle" },
      redirect: "manual",
      signal: controller.signal,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      const seconds = Number(response.headers.get("retry-after") ?? 0);
      const askedForMs = seconds > 0 ? Math.min(MAX_RETRY_AFTER_MS, seconds * 1_000) : 0;
      return failure(`the resolver answers ${response.status}`, askedForMs);
    }
    const bytes = await readBytes(response);
    const message = bytes === null ? null : decodeMessage(bytes);
    if (message === null) return failure("the resolver's answer is no DNS message");
    return aged(readAnswer(message, name, type), Number(response.headers.get("age") ?? 0));
  } catch (error) {
    if (controller.signal.aborted) return failure(`the resolver did not answer in ${resolver.timeoutMs} ms`);
    return failure(`no connection to the resolver: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** RFC 4648, 5, without padding. */
function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

/** Time that an answer has spent in HTTP caches is gone from its TTL (RFC 8484, 5.1). */
function aged<T extends RecordType>(answer: Answer<T>, ageS: number): Answer<T> {
  if (answer.says === "failure" || answer.ttlS === null || !(ageS > 0)) return answer;
  return { ...answer, ttlS: Math.max(0, answer.ttlS - ageS) };
}

async function readBytes(response: Response): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += (chunk as Uint8Array).length;
    if (length > MAX_BYTES) return null;
    chunks.push(chunk as Uint8Array);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
