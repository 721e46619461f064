/**
 * A token as an isolate holds it: asked for when the first request needs it, renewed behind requests well before it ends, and
 * used until its real end when its issuer fails. While one is in hand nothing is awaited.
 *
 * - It is renewed at a random share of its life, so that isolates that got theirs together do not come back together.
 * - One question at a time: requests that find no token wait on timers of their own, since a promise of one request must not be
 *   awaited by another, and a question whose request has ended is taken for dead after a while.
 * - After a failure nobody asks for a time that doubles and is drawn at random; without a token, requests fail at once meanwhile.
 * - An origin that answers 401 may know that a token was taken back. It is renewed, less and less often while that goes on: an
 *   origin that refuses everybody, or its own callers, must not become a flood at the issuer.
 */
import type { WaitUntil } from "../credential.ts";

/** What an issuer answered. `why` holds no part of a secret and nothing of the answer but its error code. */
export type Issued =
  | { readonly ok: true; readonly token: string; readonly lifetimeMs: number }
  | { readonly ok: false; readonly why: string };

export interface TokenSource {
  /** The token; null when there is none: `problem` says why. At once while there is one. Never rejects. */
  take(nowMs: number, ctx: WaitUntil): string | null | Promise<string | null>;
  /** An origin refused a request that was sent at `sentAtMs`. Never throws. */
  doubt(sentAtMs: number, nowMs: number, ctx: WaitUntil): void;
  /** Why there is no token, or no newer one; "" all is well. */
  problem(): string;
}

export interface TokenSourceOptions {
  /** Asks the issuer. Never rejects; ends within ISSUER_TIMEOUT_MS. */
  readonly issue: (nowMs: number) => Promise<Issued>;
  /** Epoch. Default: the clock. */
  readonly nowMs?: () => number;
  /** Uniform in [0, 1). Default: chance. */
  readonly rng?: () => number;
  /** Default: a timer of the request. */
  readonly pause?: (ms: number) => Promise<void>;
}

/** An issuer has so long to answer, ms. */
export const ISSUER_TIMEOUT_MS = 5_000;
/** A question is taken for dead after so long: its request may have ended. */
const FLIGHT_MS = ISSUER_TIMEOUT_MS + 1_000;
/** Renewed after this share of its life, and up to so much later. */
const RENEW_RATIO = 0.6;
const RENEW_SPREAD = 0.2;
/**
 * The end of a token is not used, as requests take time to arrive and issuers cut seconds off: a share of its life within these
 * bounds, ms, and never more than half of it.
 */
const MARGIN_RATIO = 0.05;
const MIN_MARGIN_MS = 1_000;
const MAX_MARGIN_MS = 5_000;
/** Between two looks of a request that waits for another one's question, ms. */
const POLL_MS = 10;
/** Waited after a first failure, ms; doubles up to the longest. Drawn from the upper half. */
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** A 401 renews a token once in so long, ms; twice as long after each further one, as it may be about the caller. */
const DOUBT_EVERY_MS = 30_000;
const MAX_DOUBTS = 5;
/** After so long without one that counts, a 401 is news again, ms. */
const CALM_MS = 600_000;

interface Token {
  readonly text: string;
  readonly issuedAtMs: number;
  readonly renewAtMs: number;
  readonly endsAtMs: number;
}

/** A source that has no token yet. Never throws. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { issue, nowMs: clock = Date.now, rng = Math.random, pause = sleep } = options;
  let token: Token | null = null;
  /** Number of the question under way, and when it is taken for dead; 0 none is. */
  let flight = 0;
  let flightEndsMs = 0;
  let notBeforeMs = 0;
  let failures = 0;
  let doubts = 0;
  let doubtNotBeforeMs = 0;
  let known = "";

  const mayAsk = (nowMs: number) => nowMs >= notBeforeMs && nowMs >= flightEndsMs;
  const inHand = (nowMs: number) => (token !== null && nowMs < token.endsAtMs ? token.text : null);

  async function ask(nowMs: number): Promise<void> {
    flight += 1;
    const own = flight;
    flightEndsMs = nowMs + FLIGHT_MS;
    const issued = await issue(nowMs);
    if (issued.ok) keep(issued.token, nowMs, issued.lifetimeMs);
    else fail(issued.why);
    if (own === flight) flightEndsMs = 0;
  }

  /** The life of a token is counted from when it was asked for: it cannot have begun before. */
  function keep(text: string, issuedAtMs: number, lifetimeMs: number): void {
    failures = 0;
    notBeforeMs = 0;
    known = "";
    if (token !== null && token.issuedAtMs > issuedAtMs) return;
    token = {
      text,
      issuedAtMs,
      renewAtMs: issuedAtMs + lifetimeMs * (RENEW_RATIO + RENEW_SPREAD * rng()),
      endsAtMs: issuedAtMs + lifetimeMs - marginMs(lifetimeMs),
    };
  }

  function fail(why: string): void {
    const longest = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 16));
    failures += 1;
    notBeforeMs = clock() + longest * (0.5 + 0.5 * rng());
    known = why;
  }

  function askBehind(nowMs: number, ctx: WaitUntil): void {
    if (mayAsk(nowMs)) ctx.waitUntil(ask(nowMs));
  }

  async function first(nowMs: number, ctx: WaitUntil): Promise<string | null> {
    // A second look, for those whose question was another one's that died.
    for (let look = 0; look < 2; look += 1) {
      const atMs = look === 0 ? nowMs : clock();
      if (mayAsk(atMs)) {
        const asking = ask(atMs);
        // It goes on when this request leaves: others wait for it.
        ctx.waitUntil(asking);
        await asking;
      }
      while (inHand(clock()) === null && flightEndsMs > clock()) await pause(POLL_MS);
      const text = inHand(clock());
      if (text !== null || clock() < notBeforeMs) return text;
    }
    return null;
  }

  return {
    take(nowMs, ctx) {
      const text = inHand(nowMs);
      if (text === null) return nowMs < notBeforeMs ? null : first(nowMs, ctx);
      if (nowMs >= token!.renewAtMs) askBehind(nowMs, ctx);
      return text;
    },
    doubt(sentAtMs, nowMs, ctx) {
      // One that is newer than the request was not refused.
      if (token === null || token.issuedAtMs > sentAtMs || nowMs < doubtNotBeforeMs || !mayAsk(nowMs)) return;
      doubts = nowMs - doubtNotBeforeMs > CALM_MS ? 0 : Math.min(doubts + 1, MAX_DOUBTS);
      doubtNotBeforeMs = nowMs + DOUBT_EVERY_MS * 2 ** doubts;
      askBehind(nowMs, ctx);
    },
    problem: () => known,
  };
}

function marginMs(lifetimeMs: number): number {
  const share = Math.min(MAX_MARGIN_MS, Math.max(MIN_MARGIN_MS, lifetimeMs * MARGIN_RATIO));
  return Math.min(share, lifetimeMs / 2);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
