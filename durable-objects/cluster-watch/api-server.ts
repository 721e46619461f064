/** Requests to a cluster's API server. Nothing here rejects: what goes wrong is a Fault. The token goes into one header only. */
import {
  faultOfStatus,
  type ListPage,
  readPage,
  readWatchLine,
  shown,
  type WatchEvent,
} from "../../src/discovery/kubernetes/answers.ts";
import type { Fault } from "../../src/discovery/kubernetes/fault.ts";
import { isBounded, MAX_OBJECTS, MAX_PODS, type StreamKey } from "../../src/discovery/kubernetes/inventory.ts";
import { LineSplitter } from "../../src/discovery/kubernetes/lines.ts";
import { listPath, watchPath } from "../../src/discovery/kubernetes/paths.ts";
import type { ServiceRecord, SliceRecord } from "../../src/discovery/kubernetes/records.ts";
import type { ClusterSettings } from "../../src/discovery/kubernetes/settings.ts";
import { checkEndpointUrl, type EndpointUrlPolicy } from "../../src/security/endpoint-url.ts";

/** A page of a list has so long to come in whole, from its headers on. */
const PAGE_MS = 60_000;
/** Longest page: what is parsed takes several times that of an object's 128 MB. */
const MAX_PAGE_BYTES = 16 * 1_024 * 1_024;
/** A page may hold fewer objects than were asked for, or none; a list that never ends holds nothing. */
const MAX_EMPTY_PAGES = 100;
/** Of a server's words, as much is looked through for the token as could be shown. */
const MAX_WORDS = 20_000;

export interface ApiServer {
  readonly settings: ClusterSettings;
  readonly token: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

export type Opened = { readonly ok: true; readonly server: ApiServer } | { readonly ok: false; readonly fault: Fault };

/** Finds the token and the way to a server in the Worker's environment. */
export function openApiServer(settings: ClusterSettings, env: object, policy: EndpointUrlPolicy): Opened {
  const { tokenSecret, binding, apiServer } = settings;
  const values = env as Readonly<Record<string, unknown>>;
  const token = values[tokenSecret];
  if (typeof token !== "string" || token.trim() === "") return failed({ reason: "no_token", secret: tokenSecret });
  if (binding === "") {
    const check = checkEndpointUrl(apiServer, policy);
    if (!check.ok) {
      return failed({ reason: "refused_url", detail: `${check.fault.message}; ${check.fault.fix}` });
    }
    return { ok: true, server: { settings, token: token.trim(), fetch: (url, init) => fetch(url, init) } };
  }
  const fetcher = values[binding] as Partial<Fetcher> | undefined;
  if (typeof fetcher?.fetch !== "function") return failed({ reason: "no_binding", binding });
  return {
    ok: true,
    server: { settings, token: token.trim(), fetch: (url, init) => (fetcher as Fetcher).fetch(url, init) },
  };
}

/** The cluster has more than this object can hold. */
export const TOO_LARGE: Fault = { reason: "too_large", objects: MAX_OBJECTS, pods: MAX_PODS };

export type Listed =
  | { readonly ok: true; readonly records: readonly (ServiceRecord | SliceRecord)[]; readonly resourceVersion: string }
  | { readonly ok: false; readonly fault: Fault };

/**
 * A complete list, page by page. When a page is asked for too late (410), once more in one piece, as client-go does: paging
 * again would take as long again.
 */
export async function listAll(server: ApiServer, key: StreamKey, signal: AbortSignal): Promise<Listed> {
  const paged = await listPages(server, key, server.settings.pageSize, signal);
  return paged.ok || paged.fault.reason !== "gone" ? paged : listPages(server, key, 0, signal);
}

async function listPages(server: ApiServer, key: StreamKey, limit: number, signal: AbortSignal): Promise<Listed> {
  const records: (ServiceRecord | SliceRecord)[] = [];
  let empty = 0;
  for (let next = ""; ; ) {
    const got = await fetchPage(server, key, listPath(key, limit, next), signal);
    if (!got.ok) return got;
    for (const record of got.page.records) records.push(record);
    if (!isBounded(records, records.length)) return failed(TOO_LARGE);
    const { resourceVersion } = got.page;
    if (got.page.next === "") return { ok: true, records, resourceVersion };
    if (got.page.next === next) return failed({ reason: "unintelligible", detail: "a page leads to itself" });
    if (got.page.records.length === 0 && ++empty > MAX_EMPTY_PAGES) {
      return failed({ reason: "unintelligible", detail: "a list that does not end" });
    }
    next = got.page.next;
  }
}

type Page = { readonly ok: true; readonly page: ListPage } | { readonly ok: false; readonly fault: Fault };

async function fetchPage(server: ApiServer, key: StreamKey, path: string, signal: AbortSignal): Promise<Page> {
  const answer = await ask(server, path, signal);
  if (!answer.ok) return answer;
  const timer = setTimeout(() => answer.abort(), PAGE_MS);
  try {
    const text = await readText(answer.response);
    if (text === null)
      return failed({ reason: "unintelligible", detail: "a page of more than 16 MiB: lower pageSize" });
    const page = readPage(key.resource, text);
    if (page === null) {
      const begun = withoutToken(text.slice(0, MAX_WORDS), server.token).slice(0, 1_000);
      return failed({ reason: "unintelligible", detail: `list ${shown(begun)}` });
    }
    return { ok: true, page };
  } catch (error) {
    return failed({ reason: "unreachable", detail: `the list broke off: ${messageOf(error)}` });
  } finally {
    clearTimeout(timer);
    answer.done();
  }
}

export interface WatchRequest {
  readonly from: string;
  /** The server is asked to end it after so long, and left a little later. */
  readonly timeoutMs: number;
  /** A watch that says nothing for so long is opened anew: its connection may be dead. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
  readonly onOpen: () => void;
  /** Events as they come, those of one piece together; a fault that it gives ends the watch. */
  readonly onEvents: (events: readonly Exclude<WatchEvent, { type: "fault" }>[]) => Fault | null;
}

/** Given to a server that was to end a watch by itself. */
const GRACE_MS = 2_000;

/** Watches until the end; null for one in good order, also when nothing was heard for long or `signal` ended it. */
export async function watch(server: ApiServer, key: StreamKey, request: WatchRequest): Promise<Fault | null> {
  const { from, timeoutMs, idleMs, signal, onOpen, onEvents } = request;
  const path = watchPath(key, from, Math.max(1, Math.round(timeoutMs / 1_000)));
  const answer = await ask(server, path, signal);
  if (!answer.ok) return signal.aborted ? null : answer.fault;
  let isOurs = false;
  const leave = () => {
    isOurs = true;
    answer.abort();
  };
  const end = setTimeout(leave, timeoutMs + GRACE_MS);
  let idle = setTimeout(leave, idleMs);
  try {
    onOpen();
    const splitter = new LineSplitter();
    for await (const bytes of answer.response.body ?? []) {
      clearTimeout(idle);
      idle = setTimeout(leave, idleMs);
      const lines = splitter.push(bytes as Uint8Array);
      if (lines === null) return { reason: "unintelligible", detail: "a watch line that does not end" };
      const events = lines.map((line) => readWatchLine(key.resource, line, server.settings.tokenSecret));
      const wrong = events.findIndex(({ type }) => type === "fault");
      const good = (wrong < 0 ? events : events.slice(0, wrong)) as Exclude<WatchEvent, { type: "fault" }>[];
      const refused = good.length > 0 ? onEvents(good) : null;
      if (refused !== null) return refused;
      if (wrong >= 0) {
        const own = readWatchLine(key.resource, withoutToken(lines[wrong]!, server.token), server.settings.tokenSecret);
        return own.type === "fault" ? own.fault : { reason: "unintelligible", detail: "a watch line with the token" };
      }
    }
    return null;
  } catch (error) {
    if (isOurs || signal.aborted) return null;
    return { reason: "unreachable", detail: `the watch broke off: ${messageOf(error)}` };
  } finally {
    clearTimeout(end);
    clearTimeout(idle);
    answer.abort();
    answer.done();
  }
}

type Answer =
  | { readonly ok: true; readonly response: Response; readonly abort: () => void; readonly done: () => void }
  | { readonly ok: false; readonly fault: Fault };

/** Sends a request; a good answer is 200, in time. Redirects are not followed: the token is for this server alone. */
async function ask(server: ApiServer, path: string, signal: AbortSignal): Promise<Answer> {
  const { settings, token } = server;
  const controller = new AbortController();
  const abort = () => controller.abort();
  const done = () => signal.removeEventListener("abort", abort);
  if (signal.aborted) return failed({ reason: "unreachable", detail: "it was ended" });
  signal.addEventListener("abort", abort);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    abort();
  }, settings.answerMs);
  try {
    const response = await server.fetch(settings.apiServer + path, {
      headers: { authorization: `Bearer ${token}`, accept: "application/json", "user-agent": "heddle" },
      redirect: "manual",
      signal: controller.signal,
    });
    if (response.status === 200) return { ok: true, response, abort, done };
    const text = (await readText(response)) ?? "";
    done();
    return failed(
      faultOfStatus(
        response.status,
        withoutToken(text, token),
        response.headers.get("retry-after"),
        settings.tokenSecret,
      ),
    );
  } catch (error) {
    done();
    if (isLate) return failed({ reason: "timeout", ms: settings.answerMs });
    return failed({ reason: "unreachable", detail: withoutToken(messageOf(error), token) });
  } finally {
    clearTimeout(timer);
  }
}

/** A server that repeats what it was sent must not get the token into a log. */
function withoutToken(text: string, token: string): string {
  return text.replaceAll(token, "[token]");
}

/** Null when there is more than MAX_PAGE_BYTES. */
async function readText(response: Response): Promise<string | null> {
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > MAX_PAGE_BYTES) return null;
    text += decoder.decode(chunk as Uint8Array, { stream: true });
  }
  return text + decoder.decode();
}

function failed(fault: Fault): { readonly ok: false; readonly fault: Fault } {
  return { ok: false, fault };
}

function messageOf(error: unknown): string {
  return shown(error instanceof Error ? error.message : String(error));
}
