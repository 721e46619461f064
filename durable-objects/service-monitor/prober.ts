/**
 * Sends one health probe and says what came of it. The network and the clock are arguments, so that the object passes
 * the platform's and tests pass their own.
 *
 * A check's path is put behind the endpoint's base path, as a request's is: the probe takes the way of the traffic.
 */
import type { ProbeOutcome } from "../../src/core/health/active-check.ts";
import type { Endpoint, HealthCheck } from "../../src/core/mesh.ts";
import type { OriginCredential } from "../../src/security/origin/credential.ts";
import { applyCredentials } from "../../src/security/origin/open.ts";

/** How much of a body is searched for the expected text. */
const BODY_BYTES = 8 * 1024;
const USER_AGENT = "heddle-health-check";

export interface TcpConnection {
  readonly opened: Promise<unknown>;
  close(): Promise<void>;
}

export interface ProbeNetwork {
  /** `certificate`: name of the binding that shows one; null: none is shown. */
  fetch(url: string, init: RequestInit, certificate: string | null): Promise<Response>;
  connect(address: { hostname: string; port: number }): TcpConnection;
  nowMs(): number;
  waitUntil(promise: Promise<unknown>): void;
}

type HttpCheck = Extract<HealthCheck, { type: "http" }>;
type Finding = Pick<ProbeOutcome, "ok" | "unsent" | "detail">;

/** How an endpoint knows whom a probe is from: as it knows requests. A probe that came without would find it dead. */
export interface ProbeIdentity {
  /** Name of the binding that shows a client certificate; null: none is shown. */
  readonly certificate: string | null;
  readonly credentials: readonly OriginCredential[];
}

const NOBODY: ProbeIdentity = { certificate: null, credentials: [] };

/**
 * The outcome of a probe of `endpoint`. Ends at the latest after the check's timeout, or after two where it has to wait for what it
 * carries: its latency and its time limit begin when it is sent. Never rejects.
 *
 * - `identity`: what it carries. Without a key that is ours to have it is not sent, and says nothing of the endpoint. Default
 *   nothing.
 */
export async function probe(
  endpoint: Endpoint,
  check: HealthCheck,
  network: ProbeNetwork,
  identity: ProbeIdentity = NOBODY,
): Promise<ProbeOutcome> {
  const startMs = network.nowMs();
  const abort = new AbortController();
  const late = () => abort.abort(new Error(`no answer in ${check.timeoutMs} ms`));
  let timer = setTimeout(late, check.timeoutMs);
  const progress: Progress = {
    sentAtMs: check.type === "http" ? null : startMs,
    onSent() {
      const nowMs = network.nowMs();
      progress.sentAtMs = nowMs;
      if (nowMs === startMs || abort.signal.aborted) return;
      clearTimeout(timer);
      timer = setTimeout(late, check.timeoutMs);
    },
  };
  let finding: Finding;
  try {
    const probing =
      check.type === "http"
        ? probeHttp({ endpoint, check, network, identity, nowMs: startMs, signal: abort.signal, progress })
        : probeTcp(endpoint, network, abort.signal);
    finding = await Promise.race([probing, rejectOnAbort(abort.signal)]);
  } catch (error) {
    const reason = abort.signal.aborted ? abort.signal.reason : error;
    // A token that is slow to come makes no endpoint slow.
    finding =
      abort.signal.aborted && progress.sentAtMs === null
        ? { ok: false, unsent: true, detail: `not sent: no credentials in ${check.timeoutMs} ms` }
        : { ok: false, detail: reason instanceof Error ? reason.message : String(reason) };
  } finally {
    clearTimeout(timer);
  }
  const atMs = network.nowMs();
  return { ...finding, latencyMs: atMs - (progress.sentAtMs ?? startMs), atMs };
}

interface HttpProbe {
  readonly endpoint: Endpoint;
  readonly check: HttpCheck;
  readonly network: ProbeNetwork;
  readonly identity: ProbeIdentity;
  /** Epoch. */
  readonly nowMs: number;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

interface Progress {
  /** When what it carries was there, so that the endpoint is what is waited for; null before. */
  sentAtMs: number | null;
  onSent(): void;
}

async function probeHttp(probing: HttpProbe): Promise<Finding> {
  const { endpoint, check, network, identity, nowMs, signal, progress } = probing;
  const headers = new Headers([["user-agent", USER_AGENT]]);
  for (const [name, value] of [...endpoint.headers, ...check.headers]) headers.set(name, value);
  const { method } = check;
  const request = {
    method,
    url: `${endpoint.origin}${endpoint.basePath}${check.path}`,
    headers,
    body: { kind: "none" },
    nowMs,
    ctx: network,
  } as const;
  const fault = await applyCredentials(identity.credentials, request);
  if (fault !== null) {
    return { ok: false, unsent: true, detail: `not sent: credential ${fault.credential}: ${fault.why}` };
  }
  progress.onSent();
  const init: RequestInit = { method, headers, redirect: "manual", signal };
  const response = await network.fetch(request.url, init, identity.certificate);
  const expected = check.expectedStatuses.some(([from, to]) => response.status >= from && response.status <= to);
  if (!expected) {
    await discard(response);
    return { ok: false, detail: `status ${response.status}` };
  }
  if (check.expectedBody === "") {
    await discard(response);
    return { ok: true, detail: `status ${response.status}` };
  }
  const found = await bodyHas(response, check.expectedBody);
  return { ok: found, detail: `status ${response.status}, ${found ? "expected" : "not the expected"} body` };
}

async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}

async function bodyHas(response: Response, text: string): Promise<boolean> {
  if (response.body === null) return false;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let seen = "";
  let left = BODY_BYTES;
  try {
    while (left > 0) {
      const { done, value } = await reader.read();
      if (done) break;
      seen += decoder.decode(value.subarray(0, left), { stream: true });
      left -= value.byteLength;
      if (seen.includes(text)) return true;
    }
    return false;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function probeTcp(endpoint: Endpoint, network: ProbeNetwork, signal: AbortSignal): Promise<Finding> {
  const { hostname, port, protocol } = new URL(endpoint.origin);
  const connection = network.connect({
    hostname,
    port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
  });
  try {
    await Promise.race([connection.opened, rejectOnAbort(signal)]);
    return { ok: true, detail: "connected" };
  } finally {
    connection.opened.catch(() => undefined);
    await connection.close().catch(() => undefined);
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}
