/** One OTLP/HTTP export request, and what the receiver makes of it. */

export interface Posting {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly gzip: boolean;
  readonly timeoutMs: number;
}

export type Sent =
  /** `rejected`: spans that the receiver has no use for; sending them again would not help. */
  | { readonly ok: true; readonly rejected: number; readonly error: string }
  | { readonly ok: false; readonly mayRetry: boolean; readonly retryAfter: string | null; readonly error: string };

/** Longest answer that is read, characters. */
const MAX_ANSWER = 16_384;
const RETRIABLE: readonly number[] = [429, 502, 503, 504];

/**
 * Sends it. A redirect is not followed: the secrets in the headers are for the endpoint that the config names.
 *
 * Never rejects. Errors tell the status or the kind of failure, and nothing of what was sent.
 */
export async function post(endpoint: string, text: string, { headers, gzip, timeoutMs }: Posting): Promise<Sent> {
  try {
    const all = new Headers(headers as [string, string][]);
    all.set("content-type", "application/json");
    if (gzip) all.set("content-encoding", "gzip");
    const body = gzip ? await gzipped(text) : text;
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(endpoint, { method: "POST", headers: all, body, redirect: "manual", signal });
    if (response.ok) return accepted(await answerOf(response));
    await response.body?.cancel();
    const { status } = response;
    const retryAfter = response.headers.get("retry-after");
    return { ok: false, mayRetry: RETRIABLE.includes(status), retryAfter, error: `the receiver answered ${status}` };
  } catch (cause) {
    const kind = cause instanceof Error ? cause.name : "Error";
    const error =
      kind === "TimeoutError" ? `no answer within ${timeoutMs} ms` : `the receiver cannot be reached (${kind})`;
    return { ok: false, mayRetry: true, retryAfter: null, error };
  }
}

async function gzipped(text: string): Promise<ArrayBuffer> {
  const stream = new Response(text).body!.pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/** The answer as text; "" for one that is too long to be one. */
async function answerOf({ body }: Response): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER) return "";
  }
  return text;
}

/** Reads a partial success. The spans were taken, whatever the answer says besides. */
function accepted(answer: string): Sent {
  try {
    const { partialSuccess } = JSON.parse(answer) as { partialSuccess?: { rejectedSpans?: unknown } };
    const rejected = Math.max(0, Math.trunc(Number(partialSuccess?.rejectedSpans ?? 0)) || 0);
    return { ok: true, rejected, error: rejected === 0 ? "" : `the receiver rejected ${rejected} spans` };
  } catch {
    return { ok: true, rejected: 0, error: "" };
  }
}
