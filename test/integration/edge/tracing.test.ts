import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import type { DecodedSpan } from "../../fixtures/otlp.ts";
import { ask } from "../harness/ask.ts";
import { type Collector, startCollector } from "../harness/collector.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";
import { stateOf, until } from "../harness/state.ts";
import { startTraffic } from "../harness/traffic.ts";

const own = createResources();
const collectors: Collector[] = [];
afterAll(async () => {
  await own.close();
  for (const one of collectors) await one.close();
});

async function collector(): Promise<Collector> {
  const started = await startCollector();
  collectors.push(started);
  return started;
}

const FORGETFUL = `failover: { mode: direct }, loadBalancing: { policy: round-robin }, panicThreshold: 0,
  circuitBreaker: { enabled: false }, outlierDetection: { enabled: false }`;
const TRACE = "12345678901234567890123456789012";
const PARENT = "1234567890123456";
const FINE = `00-${TRACE}-${PARENT}-01`;

/** What origins were told. */
interface Told {
  readonly origin: string;
  readonly traceparent: string;
  readonly tracestate: string | undefined;
}

async function tellingOrigins(told: Told[], slowMs = 400) {
  const noting = (name: string) => ({
    onRequest: ({ headers }: { headers: NodeJS.Dict<string | string[]> }) =>
      told.push({
        origin: name,
        traceparent: String(headers.traceparent),
        tracestate: headers.tracestate as string | undefined,
      }),
  });
  return {
    broken: await own.origin("broken", { fault: { status: 503 }, ...noting("broken") }),
    fine: await own.origin("fine", noting("fine")),
    slow: await own.origin("slow", { baseLatencyMs: slowMs, ...noting("slow") }),
  };
}

const withTracing = (settings: string) => `telemetry: { tracing: { ${settings} } }`;
const spanIdIn = (traceparent: string) => traceparent.split("-")[2];
const spansOf = (spans: readonly DecodedSpan[], traceId: string) => spans.filter((span) => span.traceId === traceId);
const kinds = (spans: readonly DecodedSpan[]) => spans.map(({ kind }) => kind.replace("SPAN_KIND_", ""));

describe("tracing", () => {
  const told: Told[] = [];
  let receiver: Collector;
  let edge: Edge;

  beforeAll(async () => {
    receiver = await collector();
    // Slower by far than what a crowded machine makes of the others, which hedges wait for.
    const { broken, fine, slow } = await tellingOrigins(told, 1_500);
    edge = await own.edge(
      servicesByHost(
        {
          plain: `endpoints: ${endpoints([fine])}`,
          retried: `endpoints: [{ id: broken, url: "${broken.url}" }, { id: fine, url: "${fine.url}", priority: 1 }],
            ${FORGETFUL}, retry: { attempts: 2, budget: { percent: 100 } }`,
          hedged: `endpoints: ${endpoints([slow, fine, { name: "fine-too", url: fine.url }])},
            loadBalancing: { policy: random }, failover: { mode: direct },
            hedge: { percentile: 50, minDelay: 50ms, budgetPercent: 100 }`,
          fallback: `endpoints: ${endpoints([broken])}, ${FORGETFUL}, retry: { attempts: 0 }, fallback: [{ service: plain }]`,
        },
        withTracing(`endpoint: "${receiver.url}", samplePercent: 100, delay: 100ms,
          headers: { x-tenant: acme, authorization: { secret: HEDDLE_OTLP_AUTHORIZATION } }`).replaceAll(/\s+/g, " "),
      ),
      { bindings: { HEDDLE_OTLP_AUTHORIZATION: "Bearer of-the-collector" } },
    );
  });

  const traced = async (host: string, count: number, headers: Record<string, string> = { traceparent: FINE }) => {
    told.length = 0;
    const before = receiver.spans().length;
    const answer = await ask(edge, "/a?token=hush", { host, headers });
    const spans = await until(
      "spans",
      20_000,
      () => receiver.spans().slice(before),
      ({ length }) => length >= count,
    );
    return { answer, spans };
  };

  it("goes on with the caller's trace, and tells the endpoint the attempt's span", async () => {
    const { answer, spans } = await traced("plain.test", 3, { traceparent: FINE, tracestate: "foo=1 ,\tbar=2" });
    expect(answer.status).toBe(200);
    const [server, way, client] = spansOf(spans, TRACE);
    expect(kinds([server!, way!, client!])).toEqual(["SERVER", "INTERNAL", "CLIENT"]);
    expect(server).toMatchObject({ parentSpanId: PARENT, traceState: "foo=1,bar=2", name: "GET /*" });
    expect(way!.parentSpanId).toBe(server!.spanId);
    expect(client!.parentSpanId).toBe(way!.spanId);
    expect(told).toEqual([
      { origin: "fine", traceparent: `00-${TRACE}-${client!.spanId}-01`, tracestate: "foo=1,bar=2" },
    ]);
    expect(server!.endMs).toBeGreaterThanOrEqual(client!.endMs);
    expect(client!.startMs).toBeGreaterThanOrEqual(server!.startMs);
  });

  it("gives each retry a span of its own below the same parent", async () => {
    const { answer, spans } = await traced("retried.test", 4);
    expect(answer.text).toContain("fine");
    const [, way, ...clients] = spansOf(spans, TRACE);
    expect(told.map(({ traceparent }) => spanIdIn(traceparent))).toEqual(clients.map(({ spanId }) => spanId));
    expect(told.map(({ origin }) => origin)).toEqual(["broken", "fine"]);
    expect(clients.map(({ parentSpanId }) => parentSpanId)).toEqual([way!.spanId, way!.spanId]);
    expect(clients.map(({ attributes }) => attributes["heddle.outcome"])).toEqual(["5xx", "ok"]);
    expect(clients[1]!.attributes["http.request.resend_count"]).toBe(1);
    expect(clients[0]).toMatchObject({ statusCode: "STATUS_CODE_ERROR", attributes: { "error.type": "503" } });
  });

  it("gives a hedge a span beside the attempt that it overtook", async () => {
    // Hedges wait for what most answers take, which has to be known first.
    await startTraffic(edge, { host: "hedged.test", rps: 150, seconds: 5 }).done;
    const traceOf = (round: number) => (round + 1).toString(16).padStart(32, "0");
    const isOurs = ({ traceId }: DecodedSpan) => /^0{29}/.test(traceId);
    told.length = 0;
    for (let round = 0; round < 60; round += 1) {
      await ask(edge, "/", { host: "hedged.test", headers: { traceparent: `00-${traceOf(round)}-${PARENT}-01` } });
    }
    const seen = await until(
      "60 traces",
      30_000,
      () => receiver.spans().filter(isOurs),
      (spans) => spans.filter(({ kind }) => kind === "SPAN_KIND_SERVER").length === 60,
    );
    const clients = seen.filter(({ kind }) => kind === "SPAN_KIND_CLIENT");
    const hedges = clients.filter(({ attributes }) => attributes["heddle.hedge"] === true);
    let overtaken = 0;
    for (const hedge of hedges) {
      const beside = clients.filter(({ traceId, spanId }) => traceId === hedge.traceId && spanId !== hedge.spanId);
      expect(beside).toHaveLength(1);
      expect(beside[0]!.parentSpanId).toBe(hedge.parentSpanId);
      expect(hedge.startMs).toBeGreaterThan(beside[0]!.startMs);
      const outcomes = [beside[0]!.attributes["heddle.outcome"], hedge.attributes["heddle.outcome"]];
      expect(outcomes.toSorted()).toEqual(["cancelled", "ok"]);
      if (beside[0]!.attributes["heddle.endpoint"] === "slow" && outcomes[1] === "ok") overtaken += 1;
    }
    // A third of 60 begins at the slow one, give or take 3.7 (one sigma); 3 is more than four of them away.
    expect(overtaken).toBeGreaterThan(3);
    // Attempts of the traffic before may arrive late.
    const ours = told.filter(({ traceparent }) => traceparent.startsWith(`00-${"0".repeat(29)}`));
    const ids = new Set(ours.map(({ traceparent }) => spanIdIn(traceparent)));
    const spans = new Set(clients.map(({ spanId }) => spanId));
    expect([...ids].filter((id) => !spans.has(id!))).toEqual([]);
    // One that was cancelled may not have arrived.
    const answered = clients.filter(({ attributes }) => attributes["heddle.outcome"] === "ok");
    expect(answered.filter(({ spanId }) => !ids.has(spanId))).toEqual([]);
  });

  it("holds the services of the fallbacks in one trace", async () => {
    const { answer, spans } = await traced("fallback.test", 4);
    expect(answer.status).toBe(200);
    const clients = spansOf(spans, TRACE).filter(({ kind }) => kind === "SPAN_KIND_CLIENT");
    expect(clients.map(({ attributes }) => attributes["heddle.service"])).toEqual(["fallback", "plain"]);
    expect(spans[0]!.attributes).toMatchObject({ "heddle.fallback": "service", "heddle.fallback.service": "plain" });
  });

  it("sends gzip with the headers that the config and its secrets give, and shows no value of a query", () => {
    const { headers, wireBytes, text, serviceName } = receiver.taken[0]!;
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "content-encoding": "gzip",
      "x-tenant": "acme",
      authorization: "Bearer of-the-collector",
    });
    expect(wireBytes).toBeLessThan(text.length / 2);
    expect(serviceName).toBe("heddle-edge");
    const all = receiver.taken.map((one) => one.text).join();
    expect(all).toContain("token=REDACTED");
    expect(all).not.toContain("hush");
    expect(all).not.toContain("of-the-collector");
    expect(receiver.broken).toEqual([]);
  });

  it.each([
    ["two headers", { traceparent: [FINE, FINE] }],
    ["another version's rules", { traceparent: `00-${TRACE}-${PARENT}-01-more` }],
    ["capitals", { traceparent: FINE.replace("12345678", "ABCDEF78") }],
    ["no header", {}],
    ["eight thousand digits", { traceparent: `00-${"1".repeat(8_000)}` }],
  ])("begins a trace of its own for %s, without the old one's state", async (_, headers) => {
    told.length = 0;
    const answer = await ask(edge, "/", { host: "plain.test", headers: { ...headers, tracestate: "foo=1" } });
    expect(answer.status).toBe(200);
    expect(told).toHaveLength(1);
    expect(told[0]!.traceparent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-03$/);
    expect(told[0]!.traceparent).not.toContain(TRACE);
    expect(told[0]!.tracestate).toBeUndefined();
  });

  it("merges lists that came in several headers", async () => {
    told.length = 0;
    await ask(edge, "/", { host: "plain.test", headers: { traceparent: FINE, tracestate: ["a=1,b=2", "c=3"] } });
    expect(told[0]!.tracestate).toBe("a=1,b=2,c=3");
  });
});

describe("tail sampling", () => {
  it("exports what failed and what was slow, and of the rest what it is told", async () => {
    const receiver = await collector();
    const told: Told[] = [];
    const { broken, fine, slow } = await tellingOrigins(told);
    const edge = await own.edge(
      servicesByHost(
        {
          bad: `endpoints: ${endpoints([broken])}, ${FORGETFUL}, retry: { attempts: 0 }`,
          good: `endpoints: ${endpoints([fine])}`,
          late: `endpoints: ${endpoints([slow])}`,
        },
        withTracing(`endpoint: "${receiver.url}", samplePercent: 0, slow: 300ms, delay: 100ms`),
      ),
    );
    for (let i = 0; i < 20; i += 1) await ask(edge, "/", { host: "good.test", headers: { traceparent: FINE } });
    for (let i = 0; i < 3; i += 1) await ask(edge, "/", { host: "bad.test" });
    await ask(edge, "/", { host: "late.test" });
    // Of those that are fine, one that a busy machine made slow is kept too.
    const serversOf = (host: string) =>
      receiver
        .spans()
        .filter(({ kind, attributes }) => kind === "SPAN_KIND_SERVER" && attributes["server.address"] === host);
    await until(
      "spans",
      20_000,
      () => [serversOf("bad.test"), serversOf("late.test")],
      ([bad, late]) => bad!.length === 3 && late!.length === 1,
    );
    const kept = (host: string) => serversOf(host).map(({ attributes }) => attributes["heddle.kept"]);
    expect([kept("bad.test"), kept("late.test")]).toEqual([["error", "error", "error"], ["slow"]]);
    for (const { attributes, startMs, endMs } of serversOf("good.test")) {
      expect([attributes["heddle.kept"], endMs - startMs >= 295]).toEqual(["slow", true]);
    }
    // The flag was drawn before: not sampled, whatever the caller said.
    expect(told.every(({ traceparent }) => traceparent.endsWith("-00") || traceparent.endsWith("-02"))).toBe(true);
  });

  it("does as a trusted caller did, where it is told to follow", async () => {
    const receiver = await collector();
    const { fine } = await tellingOrigins([]);
    const edge = await own.edge(
      servicesByHost(
        { good: `endpoints: ${endpoints([fine])}` },
        withTracing(`endpoint: "${receiver.url}", samplePercent: 0, incoming: follow, delay: 100ms, compression: none`),
      ),
    );
    await ask(edge, "/", { host: "good.test", headers: { traceparent: FINE.replace(/1$/, "0") } });
    await ask(edge, "/", { host: "good.test", headers: { traceparent: FINE } });
    const spans = await until("spans", 20_000, receiver.spans, ({ length }) => length >= 3);
    expect(spans).toHaveLength(3);
    expect(receiver.taken[0]!.headers["content-encoding"]).toBeUndefined();
  });
});

describe("a receiver in trouble", () => {
  const start = async (receiver: string, settings: string) => {
    const { fine } = await tellingOrigins([]);
    return own.edge(
      servicesByHost(
        { good: `endpoints: ${endpoints([fine])}` },
        withTracing(`endpoint: "${receiver}", samplePercent: 100, delay: 100ms, ${settings}`),
      ),
    );
  };
  const telemetryOf = async (edge: Edge) => (await stateOf(edge)).telemetry!;

  it("is asked again, and gets every span once", async () => {
    const receiver = await collector();
    receiver.answers = [{ status: 503 }, { status: 429, headers: { "retry-after": "1" } }, { status: 200 }];
    const edge = await start(receiver.url, "timeout: 10s");
    await ask(edge, "/", { host: "good.test" });
    await until("the third try", 30_000, receiver.spans, ({ length }) => length >= 3);
    expect(receiver.asked()).toBe(3);
    const { spans } = await until(
      "the count",
      20_000,
      () => telemetryOf(edge),
      (telemetry) => telemetry.spans.exported === 3,
    );
    expect(spans).toMatchObject({ exported: 3, lost: 0, dropped: 0, waiting: 0 });
  });

  it("that refuses for good is not asked again for the same spans", async () => {
    const receiver = await collector();
    receiver.answers = [{ status: 400 }];
    const edge = await start(receiver.url, "timeout: 10s");
    await ask(edge, "/", { host: "good.test" });
    const { spans } = await until(
      "the loss",
      20_000,
      () => telemetryOf(edge),
      (telemetry) => telemetry.spans.lost === 3,
    );
    expect(spans.lastError).toBe("the receiver answered 400");
    expect(receiver.asked()).toBe(1);
  });

  it("that takes a part only has the rest counted as lost", async () => {
    const receiver = await collector();
    receiver.answers = [{ status: 200, body: '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}' }];
    const edge = await start(receiver.url, "timeout: 10s");
    await ask(edge, "/", { host: "good.test" });
    const { spans } = await until(
      "the count",
      20_000,
      () => telemetryOf(edge),
      (telemetry) => telemetry.spans.exported === 1,
    );
    expect(spans.lost).toBe(2);
  });

  it.each([
    ["is gone", "http://127.0.0.1:1/v1/traces"],
    ["never answers", ""],
  ])("that %s holds no request up, and costs a bounded memory", async (_, url) => {
    const receiver = await collector();
    receiver.answers = [{ status: "hang" }];
    const edge = await start(url === "" ? receiver.url : url, "bufferSpans: 60, batchSpans: 30, timeout: 1s");
    const took: number[] = [];
    for (let i = 0; i < 100; i += 1) {
      const answer = await ask(edge, "/", { host: "good.test" });
      expect(answer.status).toBe(200);
      took.push(answer.headMs);
    }
    // A request that waited for one try would take its second.
    expect(took.sort((a, b) => a - b)[90]).toBeLessThan(750);
    const { spans } = await until(
      "a batch given up",
      30_000,
      () => telemetryOf(edge),
      (telemetry) => telemetry.spans.lost > 0,
    );
    expect(spans.waiting).toBeLessThanOrEqual(60);
    expect(spans.exported).toBe(0);
    expect(spans.dropped).toBeGreaterThan(0);
    expect(spans.lastError).toMatch(/cannot be reached|no answer within/);
  });
});

describe("without tracing", () => {
  it("trace headers pass through untouched, whatever they say", async () => {
    const told: Told[] = [];
    const { fine } = await tellingOrigins(told);
    const edge = await own.edge(servicesByHost({ good: `endpoints: ${endpoints([fine])}` }));
    await ask(edge, "/", { host: "good.test", headers: { traceparent: "nonsense", tracestate: "Foo=1" } });
    await ask(edge, "/", { host: "good.test" });
    expect(told).toEqual([
      { origin: "fine", traceparent: "nonsense", tracestate: "Foo=1" },
      { origin: "fine", traceparent: "undefined", tracestate: undefined },
    ]);
    expect((await stateOf(edge)).telemetry).toBeNull();
  });
});
