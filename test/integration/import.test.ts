import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const MAIN = resolve(import.meta.dirname, "../../src/cli/main.ts");
const folder = mkdtempSync(join(tmpdir(), "heddle-import-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const GATEWAY = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  gatewayClassName: any
  listeners: [{ name: https, port: 443, protocol: HTTPS, hostname: "*.example.com", tls: { certificateRefs: [{ name: cert }] } }]
`;
const ROUTES = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: cart, namespace: shop }
spec:
  parentRefs: [{ name: edge }]
  hostnames: [cart.example.com]
  rules:
    - backendRefs: [{ name: cart, port: 80 }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: pay, namespace: shop }
spec:
  parentRefs: [{ name: edge }]
  hostnames: [pay.elsewhere.org]
  rules:
    - backendRefs: [{ name: pay, port: 80 }]
`;
const SERVICES = JSON.stringify({
  kind: "List",
  items: ["cart", "pay"].map((name) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "shop" },
    spec: { ports: [{ port: 80 }] },
  })),
});

mkdirSync(join(folder, "in/services"), { recursive: true });
writeFileSync(join(folder, "in/gateway.yaml"), GATEWAY);
writeFileSync(join(folder, "in/routes.yml"), ROUTES);
writeFileSync(join(folder, "in/services/all.json"), SERVICES);
writeFileSync(join(folder, "in/notes.txt"), "{ not a manifest");

const TEMPLATE = ["--endpoint-template", "https://{service}.{namespace}.example.net"];

function heddle(args: readonly string[], input = "") {
  const { INIT_CWD: _, ...env } = process.env;
  return spawnSync(process.execPath, [MAIN, ...args], {
    cwd: folder,
    input,
    encoding: "utf8",
    env: { ...env, NO_COLOR: "1" },
  });
}

describe("heddle import gateway-api", () => {
  it("reads folders, writes a config that validates, and lists what is lost", () => {
    const { status, stdout, stderr } = heddle([
      "import",
      "gateway-api",
      "in",
      ...TEMPLATE,
      "-o",
      "heddle.yaml",
      "--report",
      "report.json",
    ]);
    expect(status).toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toContain(
      "dropped HTTPRoute shop/pay spec.parentRefs[0] (in/routes.yml): NoMatchingListenerHostname",
    );
    expect(stderr).toContain("heddle.yaml: 1 service, 1 route; 1 dropped");
    expect(heddle(["validate", "heddle.yaml"]).status).toBe(0);
    const report = JSON.parse(readFileSync(join(folder, "report.json"), "utf8"));
    expect(report).toMatchObject({
      format: "gateway-api",
      findings: [{ kind: "HTTPRoute", name: "shop/pay", condition: { type: "Accepted", status: "False" } }],
    });
    expect(report.statuses.length).toBeGreaterThan(3);
  });

  it("gives the same bytes again, from other files in another order, and from standard input", () => {
    const written = readFileSync(join(folder, "heddle.yaml"), "utf8");
    const files = ["in/services", "in/routes.yml", "in/gateway.yaml"];
    expect(heddle(["import", "gateway-api", ...files, ...TEMPLATE]).stdout).toBe(written);
    const piped = `${SERVICES}\n---\n${ROUTES}\n---\n${GATEWAY}`;
    expect(heddle(["import", "gateway-api", "-", ...TEMPLATE], piped).stdout).toBe(written);
  });

  it("ends with 1 when everything has to be carried over and is not", () => {
    expect(heddle(["import", "gateway-api", "in", ...TEMPLATE, "--strict"]).status).toBe(1);
    const exact = ROUTES.split("---")[0]!;
    writeFileSync(join(folder, "exact.yaml"), `${GATEWAY}\n---\n${exact}`);
    const { status, stderr } = heddle([
      "import",
      "gateway-api",
      "exact.yaml",
      "in/services",
      "--strict",
      "--endpoint",
      "shop/cart=https://cart.example.net",
    ]);
    expect(stderr).toBe("imported: 1 service, 1 route; everything carried over\n");
    expect(status).toBe(0);
  });

  it("answers in JSON when asked", () => {
    const { stdout } = heddle(["import", "gateway-api", "in", ...TEMPLATE, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, config: { routes: [{ name: "shop/cart" }] }, findings: [{}] });
  });

  it.each([
    ["a file that is not there", ["import", "gateway-api", "gone.yaml"], 1, "gone.yaml there is no such file"],
    ["a text that is no YAML", ["import", "gateway-api", "in/notes.txt"], 1, "in/notes.txt:1"],
    ["no Gateway", ["import", "gateway-api", "in/services"], 1, "there is no Gateway among the documents"],
    [
      "another Gateway",
      ["import", "gateway-api", "in", "--gateway", "shop/other"],
      1,
      "there is no Gateway shop/other",
    ],
    ["a bad mapping", ["import", "gateway-api", "in", "--endpoint", "cart"], 2, "is not namespace/service[:port]=URL"],
    ["a bad template", ["import", "gateway-api", "in", "--endpoint-template", "https://{svc}"], 2, "{svc} is not"],
    ["an unknown format", ["import", "gatewayapi", "in"], 2, "did you mean heddle import gateway-api?"],
  ] as const)("says what is wrong with %s", (_, args, code, message) => {
    const { status, stdout, stderr } = heddle(args);
    expect(stderr).toContain(message);
    expect(status).toBe(code);
    expect(stdout).toBe("");
  });
});
