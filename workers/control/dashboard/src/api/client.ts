/** Calls of the control plane. Every answer is a value: what came, or what went wrong in words that can be shown. */
import { bearer } from "../access/token.ts";

export interface Problem {
  /** 0: no answer came. */
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly faults: readonly { readonly path: string; readonly message: string; readonly line?: number }[];
  /** Of the request, for the log; "" where there was none. */
  readonly instance: string;
  /** For callers that know the kind. */
  readonly body: Readonly<Record<string, unknown>>;
}

export type Answer<T> =
  | { readonly ok: true; readonly value: T; readonly etag: string | null }
  | { readonly ok: false; readonly problem: Problem };

export interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 15_000;

/**
 * - `path`: with its leading slash and query.
 *
 * Never throws. Changes carry an idempotency key, so that one that is sent again is done once.
 */
export async function call<T>(path: string, { method = "GET", json, headers = {} }: Call = {}): Promise<Answer<T>> {
  const token = bearer.peek();
  const sent: Record<string, string> = { accept: "application/json", ...headers };
  if (token !== null) sent.authorization = `Bearer ${token}`;
  if (json !== undefined) sent["content-type"] = "application/json";
  if (method === "POST" || method === "PUT") sent["idempotency-key"] = crypto.randomUUID();
  try {
    const answer = await fetch(path, {
      method,
      headers: sent,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(json !== undefined && { body: JSON.stringify(json) }),
    });
    const text = await answer.text();
    const value = parse(text);
    if (answer.ok) return { ok: true, value: value as T, etag: answer.headers.get("etag") };
    return { ok: false, problem: problemOf(answer.status, value) };
  } catch (error) {
    const isTimeout = (error as Error).name === "TimeoutError";
    return {
      ok: false,
      problem: {
        status: 0,
        title: "The control plane cannot be reached",
        detail: isTimeout ? "It gave no answer in time. Traffic goes on without it." : "Traffic goes on without it.",
        faults: [],
        instance: "",
        body: {},
      },
    };
  }
}

/** Everything of a list, page after page, up to `max`. */
export async function all<T>(path: string, max = 500): Promise<Answer<readonly T[]>> {
  const items: T[] = [];
  for (let cursor: string | null = ""; cursor !== null && items.length < max; ) {
    const query: string = `${path.includes("?") ? "&" : "?"}limit=200${cursor === "" ? "" : `&cursor=${cursor}`}`;
    const page: Answer<{ items: readonly T[]; next: string | null }> = await call(`${path}${query}`);
    if (!page.ok) return page;
    items.push(...page.value.items);
    cursor = page.value.next;
  }
  return { ok: true, value: items, etag: null };
}

function problemOf(status: number, value: unknown): Problem {
  const body = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof body[name] === "string" ? body[name] : "");
  return {
    status,
    title: text("title") || `It answered ${status}`,
    detail: text("detail") || text("error"),
    faults: Array.isArray(body.faults) ? (body.faults as Problem["faults"]) : [],
    instance: text("instance").replace("urn:uuid:", ""),
    body,
  };
}

function parse(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
