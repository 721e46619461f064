/** The three origins of a trial: real faults, and a record of every attempt that reached them. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Fault } from "../../../src/cli/origin/fault.ts";
import { type Origin, startOrigin } from "../../../src/cli/origin/start-origin.ts";
import { seededRng } from "../../../src/core/rng.ts";
import { type OriginAddress, PATIENCE } from "../contenders/contender.ts";

/** An answer takes 15 to 25 ms: an origin in the same region. */
const BASE_LATENCY_MS = 15;
const JITTER_MS = 10;

export interface TrialOrigin extends OriginAddress {
  /** When attempts of requests arrived, ms of `performance.now()`, ascending. Active checks are not among them. */
  readonly attemptsAtMs: readonly number[];
  /** Active checks received. */
  checks(): number;
  set(fault: Fault, resets: boolean): Promise<void>;
  close(): Promise<void>;
}

export async function startTrialOrigin(id: string, seed: number): Promise<TrialOrigin> {
  const attemptsAtMs: number[] = [];
  let checks = 0;
  let resets = false;
  const origin: Origin = await startOrigin({
    name: id,
    baseLatencyMs: BASE_LATENCY_MS,
    jitterMs: JITTER_MS,
    rng: seededRng(seed),
    onRequest(request) {
      if (request.url === PATIENCE.checkPath) checks++;
      else attemptsAtMs.push(performance.now());
    },
    respond(request, response) {
      if (resets) response.socket?.resetAndDestroy();
      else answer(request, response);
    },
  });
  return {
    id,
    url: origin.url,
    attemptsAtMs,
    checks: () => checks,
    set(fault, withResets) {
      resets = withResets;
      return origin.setFault(fault);
    },
    close: () => origin.close(),
  };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const body = "an answer of some length, as of an API\n";
  response.writeHead(200, { "content-type": "text/plain", "content-length": body.length });
  response.end(request.method === "HEAD" ? undefined : body);
}
