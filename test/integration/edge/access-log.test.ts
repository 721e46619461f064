import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Edge, EdgeOptions } from "../../../src/cli/workerd/start-edge.ts";
import { ask } from "../harness/ask.ts";
import { startCollector } from "../harness/collector.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";
import { stateOf, until } from "../harness/state.ts";

const own = createResources();
afterAll(own.close);

const FORGETFUL = `failover: { mode: direct }, loadBalancing: { policy: round-robin }, panicThreshold: 0,
  circuitBreaker: { enabled: false }, outlierDetection: { enabled: false }`;

interface Logged {
  readonly edge: Edge;
  /** Everything that was written, as it was written. */
  readonly text: () => string;
  /** The objects of one kind of event. */
  readonly events: (event: string) => readonly Record<string, unknown>[];
}

async function logging(telemetry: string, options: Omit<EdgeOptions, "mesh" | "onLog"> = {}): Promise<Logged> {
  const fine = await own.origin("fine");
  const broken = await own.origin("broken", { fault: { status: 500 } });
  const lines: string[] = [];
  const edge = await own.edge(
    servicesByHost(
      {
        good: `endpoints: ${endpoints([fine])}`,
        bad: `endpoints: ${endpoints([broken])}, ${FORGETFUL}, retry: { attempts: 0 }`,
        retried: `endpoints: [{ id: broken, url: "${broken.url}" }, { id: fine, url: "${fine.url}", priority: 1 }],
          ${FORGETFUL}, retry: { attempts: 1, budget: { percent: 100 } }`,
      },
      `telemetry: ${telemetry.replaceAll(/\s+/g, " ")}`,
    ),
    { ...options, onLog: (line) => lines.push(line) },
  );
  const events = (event: string) =>
    lines
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((one) => one.event === event);
  return { edge, text: () => lines.join("\n"), events };
}

const written = (logged: Logged, count: number) =>
  until(
    "lines",
    20_000,
    () => logged.events("request"),
    ({ length }) => length >= count,
  );

describe("the access log", () => {
  it("has one line for each request, with what became of it", async () => {
    const logged = await logging("{ accessLog: { samplePercent: 100 } }");
    const { edge } = logged;
    await ask(edge, "/cart/7?q=hush&page=2", {
      host: "good.test",
      headers: { "user-agent": "tests", "x-request-id": "r-1" },
    });
    await ask(edge, "/", { host: "bad.test" });
    await ask(edge, "/", { host: "retried.test" });
    await ask(edge, "/", { host: "nowhere.test" });
    const [good, bad, retried, nowhere] = await written(logged, 4);
    expect(good).toMatchObject({
      severity: "INFO",
      "http.request.method": "GET",
      "url.scheme": "http",
      "url.path": "/cart/7",
      "url.query": "q=REDACTED&page=REDACTED",
      "http.response.status_code": 200,
      "http.route": "/*",
      "server.address": "good.test",
      "client.address": "127.0.0.0",
      "user_agent.original": "tests",
      "heddle.request_id": "r-1",
      "heddle.route": "to-good",
      "heddle.service": "good",
      "heddle.endpoint": "fine",
      "heddle.attempts": ["fine:ok"],
      "heddle.region": "weur",
      "heddle.kept": "share",
    });
    expect(good).not.toHaveProperty("trace_id");
    expect(good!["http.server.request.duration"]).toBeLessThan(5);
    expect(bad).toMatchObject({
      severity: "ERROR",
      "http.response.status_code": 500,
      "error.type": "500",
      "heddle.kept": "error",
    });
    expect(retried).toMatchObject({
      severity: "WARN",
      "heddle.attempts": ["broken:5xx", "fine:ok"],
      "heddle.kept": "error",
    });
    expect(nowhere).toMatchObject({
      "http.response.status_code": 404,
      "heddle.response_flags": "NR",
      "heddle.refusal": "no_route",
      "heddle.kept": "share",
    });
    expect(await stateOf(edge)).toMatchObject({ telemetry: { lines: { written: 4, dropped: 0 } } });
  });

  it("has no secret in any line, whatever is asked to be in it", async () => {
    const receiver = await startCollector();
    try {
      const logged = await logging(`{ redaction: { queryValues: [page], clientAddress: none },
        accessLog: { samplePercent: 100, requestHeaders: [X-Tenant, Accept] },
        tracing: { samplePercent: 100, delay: 100ms, compression: none, endpoint: "${receiver.url}" } }`);
      await ask(logged.edge, "/?page=7&access_token=TOPSECRET1&TOPSECRET2", {
        host: "retried.test",
        headers: {
          authorization: "Bearer TOPSECRET3",
          cookie: "sid=TOPSECRET4",
          "proxy-authorization": "Basic TOPSECRET5",
          "x-heddle-debug": "TOPSECRET6",
          "x-api-key": "TOPSECRET7",
          "x-tenant": `acme${"x".repeat(1_000)}`,
          accept: "text/plain",
        },
      });
      const [line] = await written(logged, 1);
      await until("spans", 20_000, receiver.spans, ({ length }) => length >= 4);
      const everything = logged.text() + receiver.taken.map(({ text }) => text).join();
      expect(everything).not.toContain("TOPSECRET");
      expect(everything).not.toContain("client.address");
      expect(line!["url.query"]).toBe("page=7&access_token=REDACTED&REDACTED");
      expect(line!["http.request.header.accept"]).toEqual(["text/plain"]);
      expect((line!["http.request.header.x-tenant"] as string[])[0]).toHaveLength(256);
      expect(line).toMatchObject({ trace_id: receiver.spans()[0]!.traceId, span_id: receiver.spans()[0]!.spanId });
    } finally {
      await receiver.close();
    }
  });

  it("stays within its bounds, however much it is sent", async () => {
    const logged = await logging("{ accessLog: { samplePercent: 100 } }");
    await ask(logged.edge, `/${"p".repeat(6_000)}?${"q=1&".repeat(1_500)}`, {
      host: "good.test",
      headers: { "user-agent": "u".repeat(3_000), "x-request-id": "i".repeat(3_000) },
    });
    const [line] = await written(logged, 1);
    expect(JSON.stringify(line).length).toBeLessThan(4_096);
  });

  it("tells callers apart by a keyed hash, where it is asked to", async () => {
    const how = "{ redaction: { clientAddress: hash }, accessLog: { samplePercent: 100 } }";
    const addressBy = async (bindings: Record<string, string>) => {
      const logged = await logging(how, { bindings });
      await ask(logged.edge, "/", { host: "good.test" });
      const [line] = await written(logged, 1);
      return { address: line!["client.address"], text: logged.text() };
    };
    const one = await addressBy({ HEDDLE_LOG_KEY: "one key of sixteen" });
    const other = await addressBy({ HEDDLE_LOG_KEY: "another key of sixteen" });
    expect(one.address).toMatch(/^[0-9a-f]{16}$/);
    expect(other.address).not.toBe(one.address);
    expect(one.text).not.toContain("127.0.0");
    const none = await addressBy({});
    expect(none.address).toBeUndefined();
    expect(none.text).toContain("HEDDLE_LOG_KEY");
  });

  it("has all failed requests and a share of the rest", async () => {
    const logged = await logging("{ accessLog: { samplePercent: 20, slow: 0s, linesPerSecond: 10000 } }");
    const { edge } = logged;
    for (let i = 0; i < 300; i += 1) await ask(edge, "/", { host: "good.test" });
    for (let i = 0; i < 30; i += 1) await ask(edge, "/", { host: "bad.test" });
    const lines = await until(
      "the failed ones",
      20_000,
      () => logged.events("request"),
      (all) => all.filter((line) => line["heddle.kept"] === "error").length === 30,
    );
    const drawn = lines.filter((line) => line["heddle.kept"] === "share").length;
    // Binomial: 60 expected, sigma = sqrt(300 · 0.2 · 0.8) = 6.9; five of them are 35. The platform's chance cannot be seeded.
    expect(drawn).toBeGreaterThan(25);
    expect(drawn).toBeLessThan(95);
  });

  it("writes so many lines a second, and says how many it left out", async () => {
    const logged = await logging("{ accessLog: { samplePercent: 100, linesPerSecond: 5 } }");
    const burst = async () => {
      await Promise.all(Array.from({ length: 30 }, () => ask(logged.edge, "/", { host: "good.test" })));
    };
    const { telemetry } = await until(
      "a second with too many",
      20_000,
      async () => {
        await burst();
        return stateOf(logged.edge);
      },
      (state) =>
        state.telemetry!.lines.dropped > 10 && logged.events("request").some((line) => line["heddle.lines_left_out"]),
    );
    await until(
      "every line that was written",
      20_000,
      () => logged.events("request").length,
      (lines) => lines === telemetry!.lines.written,
    );
    const told = logged.events("request").reduce((sum, line) => sum + Number(line["heddle.lines_left_out"] ?? 0), 0);
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThanOrEqual(telemetry!.lines.dropped);
  });
});

describe("data points", () => {
  it("are written where a dataset is bound: one for a request, with its columns", async () => {
    const entry = join(import.meta.dirname, "worker/with-dataset.ts");
    const logged = await logging("{ analytics: {} }", { entry });
    await ask(logged.edge, "/", { host: "retried.test" });
    await ask(logged.edge, "/", { host: "nowhere.test" });
    const points = await until(
      "points",
      20_000,
      () => logged.events("point"),
      ({ length }) => length >= 2,
    );
    const [retried, nowhere] = points.map(
      ({ point }) => point as { blobs: string[]; doubles: number[]; indexes: string[] },
    );
    expect(retried!.blobs.slice(0, 6)).toEqual(["to-retried", "retried", "fine", "GET", "", "5xx,ok"]);
    expect(retried!.doubles[0]).toBe(200);
    expect(retried!.doubles.slice(2)).toEqual([2, 1]);
    expect(retried!.indexes).toEqual(["retried"]);
    expect(nowhere!.blobs[4]).toBe("NR");
    expect(logged.events("request")).toEqual([]);
  });

  it("are no one's concern where none is", async () => {
    const { edge } = await logging("{ analytics: {} }");
    expect((await ask(edge, "/", { host: "good.test" })).status).toBe(200);
    expect(await stateOf(edge)).toMatchObject({ telemetry: { points: 0 } });
  });
});
