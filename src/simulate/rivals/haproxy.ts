/**
 * HAProxy with `balance leastconn`, `option httpchk` and `check inter 2s fall 3 rise 2`, `retries 3`, `option redispatch 1`:
 * a failed connection is tried again elsewhere at once; what was sent is not.
 *
 * Source: HAProxy 2.6 configuration manual (leastconn, inter, fall, rise, retry-on conn-failure).
 */
import { startChecks } from "./checked.ts";
import { type Balancer, type BalancerInput, candidates, rival } from "./rival.ts";

const RETRIES = 3;

export const haproxy = rival("haproxy", createHaproxy);

function createHaproxy(input: BalancerInput): Balancer {
  const { service, active, region } = input;
  const checked = startChecks(input, { intervalMs: 2_000, timeoutMs: 2_000, fall: 3, rise: 2 }, region);
  const { endpoints } = service;
  let turn = 0;
  return {
    pick(tried) {
      const among = candidates(endpoints.length, tried, (endpoint) => checked.isUp[endpoint]!);
      const loadOf = (endpoint: number) => active[endpoint]! / endpoints[endpoint]!.weight;
      const least = Math.min(...among.map(loadOf));
      const ties = among.filter((endpoint) => loadOf(endpoint) === least);
      turn += 1;
      return ties[turn % ties.length]!;
    },
    onEnd: () => {},
    retryAfterMs: (number, { outcome }) => (number <= RETRIES && outcome === "connect-failure" ? 0 : -1),
  };
}
