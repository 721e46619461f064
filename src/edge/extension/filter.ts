/**
 * Filters from code (`ExtensionRef`): on the way in, in the order of the config, each may answer, or pass a changed request
 * on; on the way out, in the opposite order, those that were passed may change the answer. Nothing they do reaches the
 * request's way as an exception: a filter that throws, or takes too long, refuses the request unless it says otherwise.
 */
import type { Extension } from "../../core/mesh.ts";
import type { Refusal } from "../../core/refusal.ts";
import { addressOf } from "../address.ts";
import type { Arrived } from "../arrived.ts";
import { observeOwn } from "../observe.ts";
import { refusalHere, refuseHere } from "../refuse-here.ts";
import { clientIpOf } from "../trust.ts";
import { noteFault, wordsOf } from "./fault-log.ts";

/** Time for one call of a filter, ms. */
const DEFAULT_TIMEOUT_MS = 1_000;

export interface FilterContext<Settings = unknown, Env = unknown> {
  /** What the config says at this place. */
  readonly settings: Settings;
  readonly route: string;
  readonly rule: string;
  /** "" when the platform does not say. */
  readonly clientIp: string;
  /** The Worker's bindings. */
  readonly env: Env;
  /** For what may go on after the answer. */
  waitUntil(promise: Promise<unknown>): void;
}

type Maybe<T> = T | undefined;

// biome-ignore lint/suspicious/noExplicitAny: a filter says what its settings and bindings are; the registry holds all kinds
export interface Filter<Settings = any, Env = any> {
  /**
   * A Response answers; a Request goes on in its place (headers, method, body, and path with query; not its host);
   * nothing lets the request pass. The body belongs to the endpoint: read a clone.
   */
  onRequest?(
    request: Request,
    context: FilterContext<Settings, Env>,
  ): Maybe<Request | Response> | Promise<Maybe<Request | Response>>;
  /** A Response is passed on in place of the answer. Not called for WebSockets. */
  onResponse?(
    response: Response,
    request: Request,
    context: FilterContext<Settings, Env>,
  ): Maybe<Response> | Promise<Maybe<Response>>;
  /** For each of the two calls. Default 1 s. */
  readonly timeoutMs?: number;
  /** refuse: 500 with the flag FE, since the filter may have been there to protect. skip: as if it were not there. */
  readonly onFailure?: "refuse" | "skip";
}

/** What is around the filters. */
export interface Surroundings {
  readonly extensions: readonly Extension[];
  /** What comes after the last one. */
  readonly next: (arrived: Arrived) => Response | Promise<Response>;
  /** What is done to answers that the filters give by themselves, and is done to those of `next` already. */
  readonly own: (response: Response) => Response;
}

/** Runs the filters. Rejects only for what `next` rejects for. */
export async function throughExtensions(arrived: Arrived, around: Surroundings, at = 0): Promise<Response> {
  const { extensions, next, own } = around;
  const extension = extensions[at];
  if (extension === undefined) return next(arrived);
  // Meshes with names that are not registered are refused before they are in force.
  const filter = arrived.isolate.extensions.filters.get(extension.name)!;
  const context = contextOf(arrived, extension);

  const asked = await guarded(filter, () => filter.onRequest?.(arrived.request, context));
  if (asked instanceof Fault && fails(arrived, filter, extension, asked))
    return own(refuseHere(arrived, failed(arrived, extension, asked)));
  if (asked instanceof Response) return own(observeOwn(arrived, asked));
  const passed = asked instanceof Request ? changed(arrived, asked) : arrived;

  const answer = await throughExtensions(passed, around, at + 1);
  if (filter.onResponse === undefined || answer.status === 101) return answer;
  const told = await guarded(filter, () => filter.onResponse?.(answer, passed.request, context));
  if (told instanceof Response) return told;
  if (!(told instanceof Fault) || !fails(arrived, filter, extension, told)) return answer;
  answer.body?.cancel().catch(() => {});
  return own(refusalHere(arrived, failed(arrived, extension, told)));
}

class Fault {
  readonly cause: unknown;
  constructor(cause: unknown) {
    this.cause = cause;
  }
}

/** What the call gave, if it is of a kind that is looked at; a Fault when it threw, took too long or gave something else. */
async function guarded(filter: Filter, call: () => unknown): Promise<Request | Response | Fault | undefined> {
  const timeoutMs = filter.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    let result = call();
    if (isPromise(result)) {
      const late = new Promise<Fault>((resolve) => {
        timer = setTimeout(() => resolve(new Fault(`took longer than ${timeoutMs} ms`)), timeoutMs);
      });
      result = await Promise.race([result, late]);
    }
    if (result === undefined || result instanceof Fault) return result;
    if (result instanceof Response || result instanceof Request) return result;
    return new Fault(`gave ${wordsOf(result)}, which is neither a request nor a response`);
  } catch (cause) {
    return new Fault(cause);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/** Whether a fault ends the request. */
function fails({ isolate }: Arrived, { onFailure }: Filter, { name }: Extension, { cause }: Fault): boolean {
  noteFault(isolate.extensions.faults, `filter "${name}"`, cause);
  return onFailure !== "skip";
}

function failed({ matched }: Arrived, { name }: Extension, { cause }: Fault): Refusal {
  return { reason: "filter_failed", route: matched.route.name, filter: name, fault: wordsOf(cause) };
}

/** A filter may ask for another path, not for another host. Of another path no prefix was matched, nor is one replaced. */
function changed(arrived: Arrived, request: Request): Arrived {
  const { address, matched, open } = arrived;
  const { path, query } = addressOf(request.url, open.mesh.edge.mergeSlashes);
  if (path === address.path && query === address.query) return { ...arrived, request };
  const match = { ...matched.match, path: { type: "Exact", value: path } as const };
  return { ...arrived, request, address: { ...address, path, query }, matched: { ...matched, match } };
}

function contextOf({ request, isolate, matched, ctx }: Arrived, { settings }: Extension): FilterContext {
  return {
    settings,
    route: matched.route.name,
    rule: matched.rule.name,
    clientIp: clientIpOf(request, isolate.dev),
    env: isolate.env,
    waitUntil: (promise) => ctx.waitUntil(promise),
  };
}
