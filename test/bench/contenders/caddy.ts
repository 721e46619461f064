import { type Contender, type OriginAddress, PATIENCE } from "./contender.ts";
import { hostOf, type ProgramPlace, startProgram, versionOf } from "./program.ts";

/**
 * Caddy with active and passive checks and retries. Its retries cover connections that fail and GETs without an answer, not
 * answers with a 5xx; for those the second `reverse_proxy` asks again, which is as far as a Caddyfile goes.
 */
export const caddy: Contender = {
  name: "caddy",
  kind: "proxy",
  failover: "checks every 2 s, passive marking (1 failure, 10 s), retries; a 5xx is asked once more",
  version: () => versionOf("caddy", ["version"]),
  start: (origins) =>
    startProgram(
      {
        command: "caddy",
        args: (path) => ["run", "--config", path, "--adapter", "caddyfile"],
        // One core, as every contender has.
        env: { GOMAXPROCS: "1" },
      },
      (place) => caddyConfig(origins, place),
    ),
};

export function caddyConfig(origins: readonly OriginAddress[], { port }: ProgramPlace): string {
  const upstreams = origins.map(({ url }) => hostOf(url)).join(" ");
  const patience = `${PATIENCE.attemptMs}ms`;
  return `{
  admin off
  auto_https off
  log {
    level ERROR
  }
}

(shop) {
  to ${upstreams}
  # Helps with an origin that is slower than the others; the default, random, does not.
  lb_policy least_conn
  lb_retries ${PATIENCE.attempts - 1}
  lb_try_duration ${PATIENCE.requestMs}ms
  # By default a retry waits 250 ms.
  lb_try_interval 10ms
  # One failure takes an upstream out: a retry may choose the same one again otherwise.
  max_fails 1
  fail_duration 10s
  unhealthy_status 5xx
  unhealthy_latency ${patience}
  transport http {
    dial_timeout ${patience}
    response_header_timeout ${patience}
    keepalive 60s
    keepalive_idle_conns_per_host 128
  }
}

http://127.0.0.1:${port} {
  reverse_proxy {
    import shop
    health_uri ${PATIENCE.checkPath}
    health_interval ${PATIENCE.checkMs}ms
    health_timeout ${patience}
    @failed status 500 502 503 504
    handle_response @failed {
      @again method GET HEAD OPTIONS PUT DELETE TRACE
      handle @again {
        reverse_proxy {
          import shop
        }
      }
      handle {
        copy_response
      }
    }
  }
}
`;
}
