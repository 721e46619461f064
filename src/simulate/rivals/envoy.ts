/**
 * Envoy: least request of two, outlier detection as it comes (five 5xx in a row, success rate every 10 s, out for 30 s more each
 * time, a tenth of the hosts but at least one), panic below one half, one retry at another host after up to 25 ms, three
 * retries at a time.
 *
 * Source: Envoy documentation (outlier detection, least request, circuit breaking defaults, retry host predicates).
 */
import { isFailure } from "../../core/outcome.ts";
import { type Balancer, type BalancerInput, candidates, drawTwo, rival } from "./rival.ts";

const INTERVAL_MS = 10_000;
const BASE_EJECTION_MS = 30_000;
const MAX_EJECTION_MS = 300_000;
const MAX_EJECTION_PERCENT = 10;
const PANIC_PERCENT = 50;
const CONSECUTIVE_5XX = 5;
const MINIMUM_HOSTS = 5;
const REQUEST_VOLUME = 100;
const STDEV_FACTOR = 1.9;
const MAX_RETRIES = 3;
const BACKOFF_MS = 25;

interface Host {
  /** 0: not ejected. */
  ejectedUntilMs: number;
  ejections: number;
  inARow: number;
  answered: number;
  succeeded: number;
}

export const envoy = rival("envoy", createEnvoy);

function createEnvoy({ world, service, region, rng, active, isInForce }: BalancerInput): Balancer {
  const { endpoints } = service;
  const hosts = endpoints.map((): Host => ({ ejectedUntilMs: 0, ejections: 0, inARow: 0, answered: 0, succeeded: 0 }));
  const ejected = () => hosts.reduce((count, host) => count + (host.ejectedUntilMs > 0 ? 1 : 0), 0);
  let retrying = 0;

  const note = (endpoint: number, to: "open" | "closed", cause: string) => {
    world.onTransition({ atMs: world.nowMs(), endpoint: endpoints[endpoint]!.id, scope: region, to, cause });
  };
  const eject = (endpoint: number, cause: string) => {
    const host = hosts[endpoint]!;
    const out = ejected();
    if (host.ejectedUntilMs > 0) return;
    if (out > 0 && (100 * (out + 1)) / hosts.length > MAX_EJECTION_PERCENT) return;
    host.ejections += 1;
    host.ejectedUntilMs = world.nowMs() + Math.min(MAX_EJECTION_MS, BASE_EJECTION_MS * host.ejections);
    note(endpoint, "open", cause);
  };
  const sweep = () => {
    if (!isInForce()) return;
    const nowMs = world.nowMs();
    for (const [endpoint, host] of hosts.entries()) {
      if (host.ejectedUntilMs > 0 && nowMs >= host.ejectedUntilMs) {
        host.ejectedUntilMs = 0;
        host.inARow = 0;
        note(endpoint, "closed", "ejection time over");
      } else if (host.ejectedUntilMs === 0 && host.ejections > 0) {
        host.ejections -= 1;
      }
    }
    for (const endpoint of below(hosts)) eject(endpoint, "success rate");
    for (const host of hosts) {
      host.answered = 0;
      host.succeeded = 0;
    }
    world.after(INTERVAL_MS, sweep, null);
  };
  world.after(rng() * INTERVAL_MS, sweep, null);

  return {
    pick(tried) {
      const isPanic = 100 * (hosts.length - ejected()) < PANIC_PERCENT * hosts.length;
      const among = candidates(hosts.length, tried, (endpoint) => isPanic || hosts[endpoint]!.ejectedUntilMs === 0);
      const [a, b] = drawTwo(among, rng);
      const cost = (endpoint: number) => (active[endpoint]! + 1) / endpoints[endpoint]!.weight;
      return cost(a) <= cost(b) ? a : b;
    },
    onEnd(endpoint, { outcome, isRetry }) {
      if (isRetry && retrying > 0) retrying -= 1;
      if (outcome === "cancelled") return;
      const host = hosts[endpoint]!;
      host.answered += 1;
      if (!isFailure(outcome)) {
        host.succeeded += 1;
        host.inARow = 0;
        return;
      }
      host.inARow += 1;
      if (host.inARow < CONSECUTIVE_5XX) return;
      host.inARow = 0;
      eject(endpoint, "consecutive 5xx");
    },
    retryAfterMs(number) {
      if (number > 1 || retrying >= MAX_RETRIES) return -1;
      retrying += 1;
      return rng() * BACKOFF_MS;
    },
  };
}

/** Hosts whose success rate is too far below the others'. */
function below(hosts: readonly Host[]): number[] {
  const rates = [...hosts.entries()]
    .filter(([, { answered, ejectedUntilMs }]) => answered >= REQUEST_VOLUME && ejectedUntilMs === 0)
    .map(([endpoint, { answered, succeeded }]) => ({ endpoint, rate: succeeded / answered }));
  if (rates.length < MINIMUM_HOSTS) return [];
  const mean = rates.reduce((sum, { rate }) => sum + rate, 0) / rates.length;
  const variance = rates.reduce((sum, { rate }) => sum + (rate - mean) ** 2, 0) / rates.length;
  const threshold = mean - STDEV_FACTOR * Math.sqrt(variance);
  return rates.filter(({ rate }) => rate < threshold).map(({ endpoint }) => endpoint);
}
