import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const MAIN = resolve(import.meta.dirname, "../../src/cli/main.ts");
const folder = mkdtempSync(join(tmpdir(), "heddle-import-proxies-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function heddle(...args: readonly string[]) {
  const { INIT_CWD: _, ...env } = process.env;
  return spawnSync(process.execPath, [MAIN, ...args], { cwd: folder, encoding: "utf8", env });
}

const ISTIO = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  servers: [{ port: { number: 443, name: https, protocol: HTTPS }, hosts: ["*.example.com"], tls: { mode: SIMPLE } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: cart, namespace: shop }
spec:
  hosts: [cart.example.com]
  gateways: [edge]
  http: [{ match: [{ uri: { prefix: /cart } }], route: [{ destination: { host: cart } }] }]
`;
const POLICY = `
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: deny-all, namespace: shop }
spec: {}
`;
const POLICY_OF_PODS = `
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: no-strangers, namespace: shop }
spec: { action: DENY, rules: [{ from: [{ source: { namespaces: [strangers] } }] }] }
`;
/** Of the Pods of one version of the service. */
const POLICY_OF_SOME = `
---
apiVersion: v1
kind: Service
metadata: { name: cart, namespace: shop }
spec: { selector: { app: cart }, ports: [{ port: 80, name: http }] }
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: v1-readers, namespace: shop }
spec: { selector: { matchLabels: { app: cart, version: v1 } }, rules: [{ to: [{ operation: { methods: [GET] } }] }] }
`;
const ENVOY = JSON.stringify({
  route_config: {
    name: "main",
    virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "cart" } }] }],
  },
  clusters: [
    {
      name: "cart",
      lb_policy: "LEAST_REQUEST",
      load_assignment: {
        cluster_name: "cart",
        endpoints: [
          {
            lb_endpoints: [
              { endpoint: { address: { socket_address: { address: "cart.example.com", port_value: 80 } } } },
            ],
          },
        ],
      },
    },
  ],
});
writeFileSync(join(folder, "istio.yaml"), ISTIO);
writeFileSync(join(folder, "guarded.yaml"), ISTIO + POLICY);
writeFileSync(join(folder, "opened.yaml"), ISTIO + POLICY_OF_PODS);
writeFileSync(join(folder, "part.yaml"), ISTIO + POLICY_OF_SOME);
writeFileSync(join(folder, "envoy.json"), ENVOY);
writeFileSync(join(folder, "broken.json"), ENVOY.replace('"prefix":"/"', '"nothing":"/"'));

const ENDPOINT = ["--endpoint", "shop/cart=https://cart.example.net"];

describe("heddle import istio", () => {
  it("writes a config that validates, the same bytes each time", () => {
    expect(heddle("import", "istio", "istio.yaml", ...ENDPOINT, "--out", "a.yaml", "--strict").status).toBe(0);
    expect(heddle("import", "istio", "istio.yaml", ...ENDPOINT, "--out", "b.yaml").status).toBe(0);
    expect(readFileSync(join(folder, "b.yaml"))).toEqual(readFileSync(join(folder, "a.yaml")));
    expect(heddle("validate", "a.yaml")).toMatchObject({ status: 0, stdout: expect.stringContaining("1 endpoint") });
  });

  it("carries a policy that keeps requests out", () => {
    expect(heddle("import", "istio", "guarded.yaml", ...ENDPOINT, "--out", "g.yaml", "--strict").status).toBe(0);
    expect(readFileSync(join(folder, "g.yaml"), "utf8")).toContain("name: shop.deny-all");
    expect(heddle("validate", "g.yaml").status).toBe(0);
  });

  it("warns of one that cannot be kept, reports it, and fails where asked to be strict", () => {
    const { status, stderr } = heddle("import", "istio", "opened.yaml", ...ENDPOINT, "--strict", "--report", "r.json");
    expect(status).toBe(1);
    expect(stderr).toContain("WARNING: 1 rule that keeps requests out is not carried over");
    const { findings } = JSON.parse(readFileSync(join(folder, "r.json"), "utf8"));
    expect(findings).toMatchObject([{ kind: "AuthorizationPolicy", name: "shop/no-strangers", reason: "OpensAccess" }]);
  });
});

describe("heddle import istio --strict", () => {
  it("fails for a policy that was made for some Pods of a service, and writes the config all the same", () => {
    const lenient = heddle("import", "istio", "part.yaml", ...ENDPOINT, "--out", "p.yaml");
    expect([lenient.status, lenient.stderr]).toEqual([0, expect.stringContaining("selects some of the workloads of")]);
    expect(heddle("import", "istio", "part.yaml", ...ENDPOINT, "--out", "p.yaml", "--strict").status).toBe(1);
    expect(heddle("validate", "p.yaml").status).toBe(0);
  });
});

describe("heddle import envoy", () => {
  it("writes a config that validates", () => {
    const place = ["--endpoint", "cart=https://cart.example.com"];
    expect(heddle("import", "envoy", "envoy.json", "--out", "e.yaml", "--strict", ...place).status).toBe(0);
    expect(heddle("validate", "e.yaml")).toMatchObject({ status: 0, stdout: expect.stringContaining("1 endpoint") });
  });

  it("has whoever is strict see that requests cross the internet in the clear, and writes that down", () => {
    const { status, stderr } = heddle("import", "envoy", "envoy.json", "--out", "plain.yaml", "--strict");
    expect([status, stderr]).toEqual([1, expect.stringContaining("services.cart.plaintext")]);
    expect(heddle("validate", "plain.yaml").status).toBe(0);
  });

  it("refuses what Envoy would, with its place", () => {
    const { status, stderr } = heddle("import", "envoy", "broken.json");
    expect(status).toBe(1);
    expect(stderr).toContain("route_config.virtual_hosts[0].routes[0].match: needs one of");
  });
});
