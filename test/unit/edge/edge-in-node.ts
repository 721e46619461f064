/**
 * The edge's request path in this process and in virtual time: the real isolate, attempts, retries and credentials, against
 * endpoints that are functions. For orders of events that no real network brings about twice.
 */
import { vi } from "vitest";
import type { Environment } from "../../../src/edge/environment.ts";
import { handleRequest } from "../../../src/edge/handle.ts";
import { createIsolate, type Isolate } from "../../../src/edge/isolate.ts";
import { meshOf } from "../../integration/harness/configs.ts";

/** What answers at a URL; rejects for a connection that fails. */
export type Answers = (request: Request) => Response | Promise<Response>;

export interface EdgeInNode {
  readonly isolate: Isolate;
  /** Every request that was sent, in order: its URL. */
  readonly sent: string[];
  ask(url: string, init?: RequestInit): Promise<Response>;
  /** Lets virtual time pass. */
  pass(ms: number): Promise<void>;
}

/**
 * Opens it with a config, in virtual time from then on; `closeEdges` ends that.
 *
 * - `hosts`: endpoints by host; any other host refuses connections.
 */
export async function edgeInNode(
  config: string,
  hosts: Readonly<Record<string, Answers>>,
  bindings: Readonly<Record<string, string>> = {},
): Promise<EdgeInNode> {
  const mesh = await meshOf(config);
  vi.useFakeTimers();
  vi.stubGlobal("scheduler", { wait: (ms: number) => new Promise<void>((wake) => setTimeout(wake, ms)) });
  const sent: string[] = [];
  vi.stubGlobal("fetch", async (input: string | Request, init?: RequestInit) => {
    const request = new Request(input, init);
    sent.push(request.url);
    const answers = hosts[new URL(request.url).hostname];
    if (answers === undefined) throw new Error("Network connection lost.");
    const { signal } = request;
    const aborted = new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }),
    );
    return Promise.race([answers(request), aborted]);
  });
  const env = { HEDDLE_DEV: "1", ...bindings } as unknown as Environment;
  const isolate = createIsolate({ mesh, env, region: "weur", nowMs: Date.now() });
  const ctx = { waitUntil: (promise: Promise<unknown>) => void promise.catch(() => {}) } as unknown as ExecutionContext;
  return {
    isolate,
    sent,
    ask: async (url, init) => handleRequest(new Request(url, init), url, isolate, ctx),
    pass: async (ms) => void (await vi.advanceTimersByTimeAsync(ms)),
  };
}

/** Back to real time and the real network. */
export function closeEdges(): void {
  vi.useRealTimers();
  vi.unstubAllGlobals();
}

/** An answer after so much virtual time. */
export function later(ms: number, response: () => Response = () => new Response("ok")): Promise<Response> {
  return new Promise((resolve) => setTimeout(() => resolve(response()), ms));
}

export function never(): Promise<Response> {
  return new Promise(() => {});
}
