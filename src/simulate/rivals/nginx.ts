/**
 * nginx as most run it: smooth weighted round robin, passive marking with `max_fails=1 fail_timeout=10s`, and
 * `proxy_next_upstream error timeout http_500 http_502 http_503 http_504` over all of the upstream.
 *
 * Source: nginx, ngx_http_upstream_round_robin.c (effective weights fall with failures and rise by one with each choice).
 */
import { isFailure } from "../../core/outcome.ts";
import { type Balancer, type BalancerInput, rival } from "./rival.ts";

const MAX_FAILS = 1;
const FAIL_TIMEOUT_MS = 10_000;

interface Peer {
  readonly weight: number;
  current: number;
  effective: number;
  fails: number;
  /** Of the last failure, and of the last time that it was given another chance. */
  failedAtMs: number;
  checkedAtMs: number;
}

export const nginx = rival("nginx", createNginx);

function createNginx({ world, service }: BalancerInput): Balancer {
  const peers = service.endpoints.map(
    ({ weight }): Peer => ({
      weight,
      current: 0,
      effective: weight,
      fails: 0,
      failedAtMs: Number.NEGATIVE_INFINITY,
      checkedAtMs: Number.NEGATIVE_INFINITY,
    }),
  );
  return {
    pick(tried) {
      const nowMs = world.nowMs();
      let endpoint = choose(peers, tried, nowMs);
      if (endpoint < 0) {
        // None is left: all are taken to be well again.
        for (const peer of peers) peer.fails = 0;
        endpoint = choose(peers, tried, nowMs);
      }
      return endpoint >= 0 ? endpoint : choose(peers, [], nowMs);
    },
    onEnd(endpoint, { outcome, nowMs }) {
      const peer = peers[endpoint]!;
      if (isFailure(outcome)) {
        peer.fails += 1;
        peer.failedAtMs = nowMs;
        peer.checkedAtMs = nowMs;
        peer.effective = Math.max(0, peer.effective - peer.weight / MAX_FAILS);
      } else if (outcome !== "cancelled" && peer.failedAtMs < peer.checkedAtMs) {
        peer.fails = 0;
      }
    },
    retryAfterMs: (number) => (number < peers.length ? 0 : -1),
  };
}

/** Smooth weighted round robin over the peers that are not out; −1 when all are. */
function choose(peers: readonly Peer[], tried: readonly number[], nowMs: number): number {
  let best = -1;
  let total = 0;
  for (const [endpoint, peer] of peers.entries()) {
    if (tried.includes(endpoint)) continue;
    if (peer.fails >= MAX_FAILS && nowMs - peer.checkedAtMs <= FAIL_TIMEOUT_MS) continue;
    peer.current += peer.effective;
    total += peer.effective;
    if (peer.effective < peer.weight) peer.effective += 1;
    if (best < 0 || peer.current > peers[best]!.current) best = endpoint;
  }
  if (best < 0) return -1;
  const chosen = peers[best]!;
  chosen.current -= total;
  if (nowMs - chosen.checkedAtMs > FAIL_TIMEOUT_MS) chosen.checkedAtMs = nowMs;
  return best;
}
