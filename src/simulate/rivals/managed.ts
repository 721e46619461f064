/**
 * A managed load balancer: every endpoint is checked once a minute from every region, an endpoint that fails two further tries
 * at once is out there, and traffic is spread evenly; a failed connection is tried once more.
 *
 * Source: Cloudflare Load Balancing documentation (monitor interval 60 s, timeout 5 s, retries 2, zero-downtime failover).
 */
import { startChecks } from "./checked.ts";
import { type Balancer, type BalancerInput, candidates, rival } from "./rival.ts";

export const managed = rival("managed", createManaged);

function createManaged(input: BalancerInput): Balancer {
  const { service, region, rng } = input;
  const checked = startChecks(input, { intervalMs: 60_000, timeoutMs: 5_000, fall: 1, rise: 1 }, region);
  const { endpoints } = service;
  return {
    pick(tried) {
      const among = candidates(endpoints.length, tried, (endpoint) => checked.isUp[endpoint]!);
      const total = among.reduce((sum, endpoint) => sum + endpoints[endpoint]!.weight, 0);
      let left = rng() * total;
      for (const endpoint of among) {
        left -= endpoints[endpoint]!.weight;
        if (left < 0) return endpoint;
      }
      return among.at(-1)!;
    },
    onEnd: () => {},
    retryAfterMs: (number, { outcome }) => (number === 1 && outcome === "connect-failure" ? 0 : -1),
  };
}
