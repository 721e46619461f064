/** Every way in which a request can end is counted once, where it belongs. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseOpenMetrics } from "../../conformance/openmetrics/parse.ts";
import { ask } from "../harness/ask.ts";
import { createResources } from "../harness/resources.ts";
import { type Api, startApi } from "./api-client.ts";

const own = createResources();
let api: Api;

beforeAll(async () => {
  const good = await own.origin("good");
  const broken = await own.origin("broken", { fault: { status: 503 } });
  const out = `endpoints: [{ id: broken, url: "${broken.url}" }], outlierDetection: { enabled: false }, circuitBreaker: { enabled: false },
    retry: { attempts: 1, backoff: 1ms }`;
  const rule = (path: string, more: string) => `{ matches: [{ path: { value: ${path} } }], ${more} }`;
  api = await startApi(
    `
services:
  shop: { endpoints: [{ id: good, url: "${good.url}" }] }
  broken: { ${out} }
  helped: { ${out}, fallback: [{ service: shop }] }
  excused: { ${out}, fallback: [{ response: { status: 200, body: later } }] }
  gone: { endpoints: [{ id: gone, url: "http://127.0.0.1:9" }], retry: { attempts: 0 } }
routes:
  - name: main
    rules:
      - ${rule("/shop", "backendRefs: [{ service: shop }]")}
      - ${rule("/broken", "backendRefs: [{ service: broken }]")}
      - ${rule("/helped", "backendRefs: [{ service: helped }]")}
      - ${rule("/excused", "backendRefs: [{ service: excused }]")}
      - ${rule("/gone", "backendRefs: [{ service: gone }]")}
      - ${rule("/moved", "filters: [{ type: RequestRedirect, requestRedirect: { path: { type: ReplaceFullPath, replaceFullPath: /shop } } }]")}
      - ${rule("/fault", "filters: [{ type: FaultInjection, faultInjection: { abort: { status: 418, percent: 100 } } }], backendRefs: [{ service: shop }]")}
      - ${rule("/cors", "filters: [{ type: CORS, cors: { allowOrigins: ['https://a.example'] } }], backendRefs: [{ service: shop }]")}
`,
    { bindings: { HEDDLE_ALLOW_ENDPOINTS: "http,private,loopback" } },
  );
});

afterAll(async () => {
  await api?.stop();
  await own.close();
});

/** What became of requests, as "service route endpoint method class flag" with how many. */
async function counted(): Promise<Readonly<Record<string, number>>> {
  const { text } = await api.ask("/metrics", { headers: { accept: "application/openmetrics-text" } });
  const samples = parseOpenMetrics(text).flatMap((family) => family.samples);
  const found = samples.filter(({ name }) => /^heddle_(unrouted_)?requests_total$/.test(name));
  const entries = found.map(({ labels, value }) => {
    const words = ["service", "route", "endpoint", "method", "code_class", "flag"].map(
      (label) => labels.get(label) || "-",
    );
    return [words.join(" "), value] as const;
  });
  return Object.fromEntries(entries);
}

async function eventually(expected: Readonly<Record<string, number>>): Promise<void> {
  const untilMs = Date.now() + 60_000;
  for (;;) {
    const now = await counted();
    const isThere = Object.entries(expected).every(([key, value]) => now[key] === value);
    if (isThere || Date.now() > untilMs) {
      expect(now).toEqual(expected);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describe("requests are counted", () => {
  it("once, by how they ended", async () => {
    const origin = { origin: "https://a.example" };
    const preflight = { ...origin, "access-control-request-method": "GET" };
    const statuses = [
      await ask(api.edge, "/shop"),
      await ask(api.edge, "/shop", { method: "PURGE" }),
      await ask(api.edge, "/broken"),
      await ask(api.edge, "/helped"),
      await ask(api.edge, "/excused"),
      await ask(api.edge, "/gone"),
      await ask(api.edge, "/moved"),
      await ask(api.edge, "/fault"),
      await ask(api.edge, "/cors", { method: "OPTIONS", headers: preflight }),
      await ask(api.edge, "/cors", { headers: origin }),
      await ask(api.edge, "/nowhere"),
      await ask(api.edge, "/shop", { host: "not_a%host" }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 503, 200, 200, 503, 302, 418, 204, 200, 404, 400]);
    await eventually({
      "shop main good GET 2xx -": 2,
      "shop main good other 2xx -": 1,
      "broken main broken GET 5xx URX": 1,
      "helped main - GET 2xx -": 1,
      "excused main - GET 2xx -": 1,
      "gone main - GET 5xx UF": 1,
      "- main - GET 3xx -": 1,
      "- main - GET 4xx FI": 1,
      "- main - OPTIONS 2xx -": 1,
      "- - - GET 4xx NR": 1,
      "- - - GET 4xx DPE": 1,
    });
  });

  it("by fallbacks, retries and attempts besides", async () => {
    const { text } = await api.ask("/metrics");
    const total = (start: string) =>
      text
        .split("\n")
        .filter((line) => line.startsWith(start))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
    const of = (service: string, rest = "") => `{service="${service}",region="enam"${rest}`;
    expect(total(`heddle_fallbacks_total${of("helped", ',type="service"')}`)).toBe(1);
    expect(total(`heddle_fallbacks_total${of("excused", ',type="response"')}`)).toBe(1);
    expect(total(`heddle_attempts_total${of("shop", ',endpoint="good",outcome="ok"')}`)).toBe(4);
    expect(total(`heddle_attempts_total${of("broken", ',endpoint="broken",outcome="5xx"')}`)).toBe(2);
    expect(total(`heddle_upstream_duration_seconds_count${of("shop")}`)).toBe(4);
  });

  it("are told of in a report of their own where no service has traffic", async () => {
    const quiet = await startApi();
    try {
      const { text, status } = await quiet.ask("/metrics");
      expect(status).toBe(200);
      expect(text).toContain("heddle_scrape_missing_objects 0");
      expect(text).not.toContain("heddle_requests_total{");
      // Nothing reports by itself here, so a report is made for it.
      expect((await ask(quiet.edge, "/", { host: "not_a%host" })).status).toBe(400);
      const untilMs = Date.now() + 60_000;
      while (!(await quiet.ask("/metrics")).text.includes('code_class="4xx",flag="DPE"} 1')) {
        if (Date.now() > untilMs) throw new Error("it was not reported in 60 s");
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    } finally {
      await quiet.stop();
    }
  });
});
