/** A running mesh under a real Prometheus: what was sent is what it counts, and every panel has something to show. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildDashboard, DEFINITIONS } from "../../../src/telemetry/grafana/dashboards.ts";
import { RATE } from "../../../src/telemetry/grafana/definitions.ts";
import { parseOpenMetrics } from "../../conformance/openmetrics/parse.ts";
import { type Api, startApi } from "../control/api-client.ts";
import { ask } from "../harness/ask.ts";
import { createResources } from "../harness/resources.ts";
import { type Prometheus, promtool, type Series, startPrometheus } from "./prometheus.ts";

const RULES = fileURLToPath(new URL("../../../src/telemetry/prometheus/heddle.rules.yml", import.meta.url));
const own = createResources();
let api: Api;
let prometheus: Prometheus;
/** Requests that were sent to the service, and those that no service was chosen for. */
const sent = { shop: 0, unrouted: 0 };

beforeAll(async () => {
  const good = await own.origin("good", { baseLatencyMs: 5 });
  const flaky = await own.origin("flaky");
  api = await startApi(undefined, { bindings: { HEDDLE_ALLOW_ENDPOINTS: "http,private,loopback" } });
  await api.apply(`
services:
  shop:
    endpoints: [{ id: good, url: "${good.url}" }, { id: flaky, url: "${flaky.url}" }]
    loadBalancing: { policy: round-robin }
    healthChecks: [{ type: http, path: /, interval: 1s, timeout: 500ms, unhealthyThreshold: 10 }]
routes:
  - name: main
    rules: [{ matches: [{ path: { value: /shop } }], backendRefs: [{ service: shop }] }]
`);
  // Isolates hear of the version, then it is in force.
  await until("the version is in force", async () => (await ask(api.edge, "/shop")).status === 200);
  // The last of those is the first under the version: the others were for no route of it.
  sent.shop = 1;
  prometheus = await startPrometheus({
    // No shorter: a scrape that a busy machine does not get done in time leaves a gap in every series.
    global: { scrape_interval: "2s", scrape_timeout: "2s", evaluation_interval: "2s" },
    rule_files: [RULES],
    scrape_configs: [
      {
        job_name: "heddle",
        authorization: { type: "Bearer", credentials: await api.token(["read"]) },
        static_configs: [{ targets: [new URL(api.edge.controlUrl).host] }],
      },
    ],
  });
  await traffic(100);
  await flaky.setFault({ refuse: true });
  await traffic(100);
  await until("the breaker opened", async () => (await metric("heddle_ejections_total")) > 0, traffic);
  // Nobody answers for a moment: some requests are refused.
  await good.setFault({ errorRatio: 1 });
  await traffic(30);
  await good.setFault({});
  await flaky.setFault({});
  await until("a lent probe passed", async () => (await metric("heddle_lent_probes_total")) > 0, traffic);
  const told = { method: "POST", json: { target: { endpoint: "flaky" }, action: "weight", percent: 50, for: "10m" } };
  expect((await api.ask("/v1/services/shop/overrides", told)).status).toBeLessThan(300);
}, 300_000);

afterAll(async () => {
  await prometheus?.stop();
  await api?.stop();
  await own.close();
});

/** Requests one after the other; one in ten has no route. */
async function traffic(requests = 10): Promise<void> {
  for (let i = 0; i < requests; i++) {
    const isLost = i % 10 === 9;
    await ask(api.edge, isLost ? "/nowhere" : `/shop/${i}`, { method: i % 3 === 0 ? "POST" : "GET" });
    sent[isLost ? "unrouted" : "shop"] += 1;
  }
}

async function until(what: string, holds: () => Promise<boolean>, meanwhile = async () => {}): Promise<void> {
  const untilMs = Date.now() + 90_000;
  while (!(await holds())) {
    if (Date.now() > untilMs) throw new Error(`in 90 s it was not so that ${what}`);
    await meanwhile();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The sum over a metric's series, as the control plane says now. */
async function metric(name: string, accept = "text/plain"): Promise<number> {
  const { text } = await api.ask("/metrics", { headers: { accept } });
  const values = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** Of the last scrape that was there in time; 0 for no series. */
async function sum(expr: string): Promise<number> {
  let found: readonly Series[] = [];
  await until("a scrape was there in time", async () => {
    // Both at one instant: after a scrape that failed there are no series, and nothing is said of them.
    found = await prometheus.query(`label_replace(sum(${expr}), "is", "sum", "", "") or up`);
    return found.some(({ metric: { is }, value }) => is === undefined && value === 1);
  });
  return found.find(({ metric: { is } }) => is === "sum")?.value ?? 0;
}

describe("Prometheus", () => {
  it("scrapes in OpenMetrics, without a fault", async () => {
    const targets = async () =>
      (await prometheus.get("/targets")).activeTargets as { health: string; lastError: string }[];
    let errors: readonly string[] = [];
    await until("it has scraped", async () => {
      const [target] = await targets();
      errors = [target?.lastError ?? "", ...errors];
      return target?.health === "up";
    });
    // Before the first one, and of those that a busy machine does not get done in time; of nothing else.
    expect(errors.filter((error) => !/^$|deadline exceeded/.test(error))).toEqual([]);
    const { text, headers } = await api.ask("/metrics", { headers: { accept: "application/openmetrics-text" } });
    expect(headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    const families = parseOpenMetrics(text);
    expect(families.length).toBeGreaterThan(25);
    expect(families.every(({ help, type }) => (help ?? "") !== "" && type !== "unknown")).toBe(true);
  });

  it("counts as many requests as were sent", async () => {
    const isCounted = async () =>
      (await sum("heddle_requests_total{route='main'}")) === sent.shop &&
      (await sum("heddle_unrouted_requests_total{flag='NR',code_class='4xx'}")) === sent.unrouted;
    await until("all of them are counted", isCounted);
    await traffic(50);
    await until("the next ones are counted", isCounted);
  });

  it("has histograms whose buckets agree with their counts, and whose counts agree with the requests", async () => {
    for (const name of ["heddle_request_duration_seconds", "heddle_upstream_duration_seconds"]) {
      // Each at one instant.
      expect(await sum(`${name}_bucket{le="+Inf"}) - sum(${name}_count`)).toBe(0);
      expect(await sum(`${name}_count) - sum(${name}_bucket{le="32.0"}`)).toBeGreaterThanOrEqual(0);
    }
    const both = await prometheus.query(
      "sum by (route) (heddle_request_duration_seconds_count) - sum by (route) (heddle_requests_total)",
    );
    expect(both.map(({ value }) => value)).toEqual(both.map(() => 0));
    expect(await sum("heddle_request_duration_seconds_sum")).toBeGreaterThan(0);
  });

  it("sees the fault: failed attempts, an ejection, and a breaker that moved", async () => {
    expect(await sum("heddle_attempts_total{endpoint='flaky',outcome='connect_failure'}")).toBeGreaterThan(0);
    expect(await sum("heddle_ejections_total{endpoint='flaky'}")).toBeGreaterThan(0);
    expect(await sum("heddle_breaker_transitions_total{endpoint='flaky',to='half_open'}")).toBeGreaterThan(0);
    expect(await sum("heddle_attempts_total{endpoint='good',outcome='connect_failure'}")).toBe(0);
    expect(await sum("heddle_retries_total")).toBeGreaterThan(0);
    expect(await sum("heddle_config_current")).toBeGreaterThan(0);
  });

  it("finds no fault with names, types and help", async () => {
    const { text } = await api.ask("/metrics", { headers: { accept: "text/plain" } });
    const { code, output } = await promtool(["check", "metrics"], text);
    expect(output).toBe("");
    expect(code).toBe(0);
  });

  it("evaluates the shipped rules", async () => {
    const { groups } = await prometheus.get("/rules");
    const rules = groups.flatMap(({ rules: all }: { rules: { health: string; lastError?: string }[] }) => all);
    expect(rules.length).toBeGreaterThan(35);
    expect(rules.filter(({ lastError }: { lastError?: string }) => lastError)).toEqual([]);
  });

  describe.each(DEFINITIONS)("on the dashboard $title", (definition) => {
    const panels = definition.rows.flatMap(({ panels: all }) => all);
    const queries = panels.flatMap(({ title, queries: all }) => all.map(({ expr }) => ({ title, expr })));

    it.each(queries)("shows something for $title: $expr", async ({ expr }) => {
      await until("there is an answer", async () =>
        (await prometheus.query(filledIn(expr))).some(({ value }) => !Number.isNaN(value)),
      );
    });

    it("is committed as it is defined", () => {
      const path = new URL(`../../../src/telemetry/grafana/${definition.uid}.json`, import.meta.url);
      expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(JSON.parse(JSON.stringify(buildDashboard(definition))));
    });
  });
});

/** A query as Grafana sends it. */
function filledIn(expr: string): string {
  const values = { service: "shop", region: ".+", endpoint: "flaky" };
  const named = Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`$${name}`, value), expr);
  return named.replaceAll(RATE, "5m");
}

describe("GET /metrics", () => {
  it("needs a token that may read", async () => {
    expect((await api.ask("/metrics", { token: null })).status).toBe(401);
    expect((await api.ask("/metrics", { token: await api.token(["register"], ["shop"]) })).status).toBe(403);
  });

  it("shows a token that is limited to services those only, and one service to who asks for one", async () => {
    const limited = await api.token(["read"], ["other"]);
    expect((await api.ask("/metrics", { token: limited })).text).not.toContain('service="shop"');
    expect((await api.ask("/metrics?service=shop")).text).toContain('service="shop"');
    expect((await api.ask("/metrics?service=none")).status).toBe(404);
  });

  it("divides services among the jobs that scrape, each into one of them", async () => {
    const pages = await Promise.all(
      [0, 1, 2].map(async (page) => (await api.ask(`/metrics?pages=3&page=${page}`)).text),
    );
    expect(pages.filter((text) => text.includes('service="shop"')).length).toBe(1);
    expect((await api.ask("/metrics?pages=3&page=3")).status).toBe(400);
  });

  it("compresses for those who can read that", async () => {
    const ask = (encoding: string) =>
      fetch(`${api.edge.controlUrl}/metrics`, {
        headers: { authorization: `Bearer ${api.edge.controlToken}`, "accept-encoding": encoding },
      });
    const [packed, plain] = await Promise.all([ask("gzip"), ask("identity")]);
    expect([packed.headers.get("content-encoding"), plain.headers.get("content-encoding")]).toEqual(["gzip", null]);
    expect(await packed.text()).toContain("heddle_requests_total");
  });
});
