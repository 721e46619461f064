import { type Contender, type OriginAddress, PATIENCE } from "./contender.ts";
import { hostOf, type ProgramPlace, startProgram, versionOf } from "./program.ts";

/** HAProxy with all that it offers for failover: active checks, traffic as evidence, retries on another server, slow start. */
export const haproxy: Contender = {
  name: "haproxy",
  kind: "proxy",
  failover: "checks every 2 s (fall 3, 0.5 s when in doubt), traffic observed, retries elsewhere",
  version: () => versionOf("haproxy", ["-v"]),
  // -db: in the foreground, one process.
  start: (origins) =>
    startProgram({ command: "haproxy", args: (path) => ["-db", "-f", path] }, (place) => haproxyConfig(origins, place)),
};

export function haproxyConfig(origins: readonly OriginAddress[], { port }: ProgramPlace): string {
  const servers = origins.map(({ id, url }) => `  server ${id} ${hostOf(url)} check`).join("\n");
  return `global
  # One thread: one core, as every contender has.
  nbthread 1
  maxconn 4000

defaults
  mode http
  option http-keep-alive
  # Idle connections to servers are shared between clients.
  http-reuse always
  timeout client 60s
  timeout http-keep-alive 60s
  timeout http-request 10s
  timeout connect ${PATIENCE.attemptMs}ms
  # The first byte of an answer, and each pause in it.
  timeout server ${PATIENCE.attemptMs}ms
  timeout queue ${PATIENCE.attemptMs}ms
  timeout check ${PATIENCE.attemptMs}ms
  option forwardfor
  retries ${PATIENCE.attempts - 1}
  # Each retry goes to another server; by default only the last one does.
  option redispatch 1
  retry-on conn-failure empty-response response-timeout 500 502 503 504

frontend edge
  bind 127.0.0.1:${port} backlog 4096
  # retry-on repeats any method unless it is told not to.
  http-request disable-l7-retry unless { method GET HEAD OPTIONS PUT DELETE TRACE }
  default_backend shop

backend shop
  # Helps with an origin that is slower than the others; round robin does not.
  balance leastconn
  option httpchk GET ${PATIENCE.checkPath}
  http-check expect status 200-399
  # observe layer7: ten failures of real traffic in a row take a server down at once, without waiting for three checks. What
  # retry-on repeats is not observed, though (measured): failed requests are the worse of the two.
  default-server inter ${PATIENCE.checkMs}ms fastinter 500ms fall 3 rise 2 slowstart 10s observe layer7 error-limit 10 on-error mark-down
${servers}
`;
}
