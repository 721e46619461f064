/**
 * Linkerd: peak EWMA over two choices, seven failures in a row take an endpoint out for 1 s, doubling to a minute, then one
 * request tries it; one retry, within 20 % of the requests and ten a second.
 *
 * Source: linkerd2-proxy (failure accrual, consecutive), tower (peak EWMA, decay 10 s; retry budget).
 */
import { isFailure } from "../../core/outcome.ts";
import { type Balancer, type BalancerInput, candidates, drawTwo, rival } from "./rival.ts";

const DECAY_MS = 10_000;
const DEFAULT_LATENCY_MS = 30;
/** What a failure counts as, at least. */
const PENALTY_MS = 5_000;
const FAILURES = 7;
const MIN_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
const BACKOFF_JITTER = 0.5;
const RETRY_RATIO = 0.2;
const RETRIES_PER_SECOND = 10;
const BUDGET_SECONDS = 10;

interface Peer {
  latencyMs: number;
  atMs: number;
  inARow: number;
  /** 0: open to traffic. */
  shutUntilMs: number;
  backoffMs: number;
  isProbed: boolean;
}

export const linkerd = rival("linkerd", createLinkerd);

function createLinkerd({ world, service, region, rng, active }: BalancerInput): Balancer {
  const { endpoints } = service;
  const peers = endpoints.map(
    (): Peer => ({
      latencyMs: DEFAULT_LATENCY_MS,
      atMs: world.nowMs(),
      inARow: 0,
      shutUntilMs: 0,
      backoffMs: MIN_BACKOFF_MS,
      isProbed: false,
    }),
  );
  const budget = { tokens: RETRIES_PER_SECOND * BUDGET_SECONDS, atMs: world.nowMs() };
  const note = (endpoint: number, to: "open" | "closed") => {
    const { id } = endpoints[endpoint]!;
    world.onTransition({ atMs: world.nowMs(), endpoint: id, scope: region, to, cause: "consecutive failures" });
  };
  const shut = (peer: Peer, nowMs: number) => {
    peer.shutUntilMs = nowMs + peer.backoffMs * (1 + BACKOFF_JITTER * rng());
    peer.backoffMs = Math.min(MAX_BACKOFF_MS, 2 * peer.backoffMs);
  };
  return {
    pick(tried) {
      const nowMs = world.nowMs();
      const isOpen = (endpoint: number) => {
        const { shutUntilMs, isProbed } = peers[endpoint]!;
        return shutUntilMs === 0 || (nowMs >= shutUntilMs && !isProbed);
      };
      const [a, b] = drawTwo(candidates(peers.length, tried, isOpen), rng);
      const cost = (endpoint: number) => decayed(peers[endpoint]!, nowMs) * (active[endpoint]! + 1);
      const chosen = cost(a) <= cost(b) ? a : b;
      if (peers[chosen]!.shutUntilMs > 0) peers[chosen]!.isProbed = true;
      return chosen;
    },
    onEnd(endpoint, { outcome, latencyMs, nowMs, isRetry }) {
      if (!isRetry) budget.tokens = Math.min(limitOf(), budget.tokens + RETRY_RATIO);
      if (outcome === "cancelled") return;
      const peer = peers[endpoint]!;
      const failed = isFailure(outcome);
      observe(peer, failed ? Math.max(PENALTY_MS, latencyMs) : latencyMs, nowMs);
      if (peer.isProbed) {
        peer.isProbed = false;
        if (failed) {
          shut(peer, nowMs);
          return;
        }
        peer.shutUntilMs = 0;
        peer.backoffMs = MIN_BACKOFF_MS;
        note(endpoint, "closed");
      }
      if (peer.shutUntilMs > 0) return;
      peer.inARow = failed ? peer.inARow + 1 : 0;
      if (peer.inARow < FAILURES) return;
      peer.inARow = 0;
      shut(peer, nowMs);
      note(endpoint, "open");
    },
    retryAfterMs(number) {
      const nowMs = world.nowMs();
      const earned = ((nowMs - budget.atMs) / 1_000) * RETRIES_PER_SECOND;
      budget.tokens = Math.min(limitOf(), budget.tokens + earned);
      budget.atMs = nowMs;
      if (number > 1 || budget.tokens < 1) return -1;
      budget.tokens -= 1;
      return 0;
    },
  };
}

/** The budget forgets what is older than its window. */
function limitOf(): number {
  return 2 * RETRIES_PER_SECOND * BUDGET_SECONDS;
}

function decayed({ latencyMs, atMs }: Peer, nowMs: number): number {
  return Math.max(1, latencyMs * Math.exp(-(nowMs - atMs) / DECAY_MS));
}

/** Peaks count at once, what is lower only with time. */
function observe(peer: Peer, latencyMs: number, nowMs: number): void {
  if (latencyMs > peer.latencyMs) peer.latencyMs = latencyMs;
  else {
    const keep = Math.exp(-(nowMs - peer.atMs) / DECAY_MS);
    peer.latencyMs = peer.latencyMs * keep + latencyMs * (1 - keep);
  }
  peer.atMs = nowMs;
}
