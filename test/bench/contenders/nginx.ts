import { type Contender, type OriginAddress, PATIENCE } from "./contender.ts";
import { hostOf, type ProgramPlace, startProgram, versionOf } from "./program.ts";

/**
 * nginx as an experienced operator sets up its free version: kept connections, passive marking, and the next server for
 * what may be sent twice. Active checks are part of the paid version only.
 */
export const nginx: Contender = {
  name: "nginx",
  kind: "proxy",
  failover: "passive marking (3 failures, 10 s), next upstream",
  version: () => versionOf("nginx", ["-v"]),
  start: (origins) =>
    startProgram({ command: "nginx", args: (path) => ["-c", path, "-e", "stderr"] }, (place) =>
      nginxConfig(origins, place),
    ),
};

export function nginxConfig(origins: readonly OriginAddress[], { folder, port }: ProgramPlace): string {
  const seconds = (ms: number) => `${ms / 1_000}s`;
  // max_fails 1, the default, takes a server out for a single hiccup; 3 is what most configs say.
  const servers = origins.map(({ url }) => `    server ${hostOf(url)} max_fails=3 fail_timeout=10s;`).join("\n");
  // A worker that drops root's rights could not reach the folder of this run.
  const user = process.getuid?.() === 0 ? "user root;\n" : "";
  return `${user}daemon off;
pid ${folder}/nginx.pid;
# One worker: one core, as every contender has.
worker_processes 1;
worker_rlimit_nofile 65536;
events { worker_connections 16384; }
http {
  access_log off;
  # Memory pages for temporary files that are never written in the general location below.
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  tcp_nodelay on;
  keepalive_timeout 75s;
  keepalive_requests 1000000;
  client_max_body_size 0;

  upstream shop {
    # Shared by the workers, so that one learns of a failure from another.
    zone shop 64k;
    # Helps with an origin that is slower than the others; round robin does not.
    least_conn;
${servers}
    keepalive 128;
    keepalive_requests 1000000;
    keepalive_timeout 60s;
  }

  server {
    listen 127.0.0.1:${port} backlog=4096;
    # Without these two, connections to upstreams are not kept.
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_connect_timeout ${seconds(PATIENCE.attemptMs)};
    proxy_send_timeout ${seconds(PATIENCE.attemptMs)};
    proxy_read_timeout ${seconds(PATIENCE.attemptMs)};
    # What is listed here also counts as a failure of the server. Only idempotent methods are sent again.
    proxy_next_upstream error timeout invalid_header http_500 http_502 http_503 http_504;
    proxy_next_upstream_tries ${PATIENCE.attempts};
    proxy_next_upstream_timeout ${seconds(PATIENCE.requestMs)};
    proxy_max_temp_file_size 0;

    location / { proxy_pass http://shop; }
    # Large uploads stream; nginx would write them to disk first. Large answers pass through buffers of some size.
    location /large/ {
      proxy_pass http://shop;
      proxy_request_buffering off;
      proxy_buffers 16 64k;
      proxy_busy_buffers_size 256k;
    }
  }
}
`;
}
