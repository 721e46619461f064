import { describe, expect, it } from "vitest";
import { caddyConfig } from "../../../bench/contenders/caddy.ts";
import { haproxyConfig } from "../../../bench/contenders/haproxy.ts";
import { heddleMesh } from "../../../bench/contenders/heddle.ts";
import { nginxConfig } from "../../../bench/contenders/nginx.ts";

const origins = [
  { id: "aws", url: "http://127.0.0.1:9001" },
  { id: "gcp", url: "http://127.0.0.1:9002" },
];
const place = { folder: "/tmp/bench", port: 8_080 };

describe("the configs of the contenders", () => {
  it.each([
    ["nginx", nginxConfig(origins, place)],
    ["haproxy", haproxyConfig(origins, place)],
    ["caddy", caddyConfig(origins, place)],
  ])("of %s name every origin and the port, and leave nothing unsaid", (_, config) => {
    for (const word of ["127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:8080"]) expect(config).toContain(word);
    expect(config).not.toMatch(/undefined|NaN|\[object/);
  });

  it("give all the same patience: 2 s an attempt, three attempts, checks every 2 s", async () => {
    const nginx = nginxConfig(origins, place);
    expect(nginx).toContain("proxy_read_timeout 2s;");
    expect(nginx).toContain("proxy_next_upstream_tries 3;");
    const haproxy = haproxyConfig(origins, place);
    expect(haproxy).toContain("timeout server 2000ms");
    expect(haproxy).toContain("retries 2");
    expect(haproxy).toContain("inter 2000ms");
    const caddy = caddyConfig(origins, place);
    expect(caddy).toContain("response_header_timeout 2000ms");
    expect(caddy).toContain("lb_retries 2");
    expect(caddy).toContain("health_interval 2000ms");
    const mesh = await heddleMesh(origins);
    const service = mesh.services[0]!;
    expect(service.healthChecks[0]).toMatchObject({ intervalMs: 2_000 });
    expect(service.endpoints.map(({ id }) => id)).toEqual(["aws", "gcp"]);
  });
});
