import * as semantic from "@opentelemetry/semantic-conventions";
import { describe, expect, it } from "vitest";
import { createIds } from "../../../../src/telemetry/trace/ids.ts";
import { encodeExport, encodeSpan } from "../../../../src/telemetry/trace/otlp.ts";
import { type AttemptTrace, spansOf } from "../../../../src/telemetry/trace/spans.ts";
import { type DecodedSpan, decodeExport } from "../../../fixtures/otlp.ts";
import { seenRequest } from "../../../fixtures/seen-request.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const ids = createIds((bytes) => bytes.set(bytes.map((_, at) => (at % 255) + 1)));
const context = {
  traceId: TRACE,
  spanId: "1".repeat(16),
  parentId: "2".repeat(16),
  flags: 1,
  state: "foo=1",
  left: null,
};

const attempt = (changes: Partial<AttemptTrace> = {}): AttemptTrace => ({
  spanId: "a".repeat(16),
  service: "cart",
  endpoint: "aws",
  origin: "https://cart.aws.example:8443",
  basePath: "/v2",
  cloud: "aws",
  region: "eu-central-1",
  number: 1,
  isHedge: false,
  startedAtMs: 1_750_000_000_001,
  endedAtMs: 1_750_000_000_041,
  outcome: "ok",
  status: 200,
  ...changes,
});

/** Through our encoding and OpenTelemetry's own decoding. */
function exported(
  seen = seenRequest(),
  attempts: AttemptTrace[] = [attempt()],
  changes: Partial<typeof context> & { left?: { traceId: string; spanId: string; flags: number } } = {},
): readonly DecodedSpan[] {
  const trace = { context: { ...context, ...changes }, attempts };
  const spans = spansOf(trace, seen, { kept: "share", ids, targetPath: "/cart/7?page=REDACTED" });
  const [only] = decodeExport(encodeExport(spans.map(encodeSpan), { "service.name": "edge" }));
  expect(only).toMatchObject({ resource: { "service.name": "edge" }, scope: "heddle" });
  return only!.spans;
}

describe("spansOf", () => {
  it("tells of the request, its way, and the attempt, one below the other", () => {
    const [server, way, client] = exported();
    expect(server).toMatchObject({
      traceId: TRACE,
      spanId: "1".repeat(16),
      parentSpanId: "2".repeat(16),
      traceState: "foo=1",
      name: "GET /cart/*",
      kind: "SPAN_KIND_SERVER",
      // Sampled, and known to have a parent elsewhere.
      flags: 0x301,
      startMs: 1_750_000_000_000,
      endMs: 1_750_000_000_042,
      statusCode: "STATUS_CODE_UNSET",
    });
    expect(server!.attributes).toEqual({
      "http.request.method": "GET",
      "url.scheme": "https",
      "url.path": "/cart/7",
      "url.query": "page=REDACTED",
      "http.response.status_code": 200,
      "http.route": "/cart/*",
      "server.address": "shop.example",
      "server.port": 443,
      "network.protocol.version": "2",
      "client.address": "203.0.113.0",
      "user_agent.original": "curl/8",
      "heddle.request_id": "ray-1",
      "heddle.route": "shop",
      "heddle.rule": "cart",
      "heddle.service": "cart",
      "heddle.endpoint": "aws",
      "heddle.attempts": ["aws:ok"],
      "heddle.region": "weur",
      "heddle.colo": "FRA",
      "heddle.mesh_version": "0123456789abcdef",
      "heddle.kept": "share",
    });
    expect(way).toMatchObject({
      parentSpanId: server!.spanId,
      name: "route shop",
      kind: "SPAN_KIND_INTERNAL",
      flags: 0x101,
    });
    expect(client).toMatchObject({
      spanId: "a".repeat(16),
      parentSpanId: way!.spanId,
      name: "GET",
      kind: "SPAN_KIND_CLIENT",
      startMs: 1_750_000_000_001,
      endMs: 1_750_000_000_041,
    });
    expect(client!.attributes).toEqual({
      "http.request.method": "GET",
      "server.address": "cart.aws.example",
      "server.port": 8443,
      "url.full": "https://cart.aws.example:8443/v2/cart/7?page=REDACTED",
      "http.response.status_code": 200,
      "heddle.service": "cart",
      "heddle.endpoint": "aws",
      "heddle.outcome": "ok",
      "heddle.endpoint.cloud": "aws",
      "heddle.endpoint.region": "eu-central-1",
    });
  });

  it("uses names that the semantic conventions have, or heddle's own", () => {
    const known = new Set<unknown>(Object.values(semantic));
    const seen = seenRequest({
      method: "PURGE",
      status: 503,
      reason: "no_healthy_endpoint",
      flags: "UH",
      rollout: "x",
      lastService: "y",
    });
    const names = exported(seen, [attempt({ number: 2, isHedge: true })]).flatMap(({ attributes }) =>
      Object.keys(attributes),
    );
    expect(names.filter((name) => !known.has(name) && !name.startsWith("heddle."))).toEqual([]);
  });

  it("tells how retries and hedges ended, and ends one that was left behind", () => {
    const spans = exported(seenRequest(), [
      attempt({ outcome: "timeout", status: 0 }),
      attempt({ number: 2, outcome: "5xx", status: 503, spanId: "b".repeat(16) }),
      attempt({ number: 2, isHedge: true, endedAtMs: 0, spanId: "c".repeat(16) }),
    ]);
    const [, , first, second, third] = spans;
    expect(first).toMatchObject({ statusCode: "STATUS_CODE_ERROR", attributes: { "error.type": "timeout" } });
    expect(first!.attributes).not.toHaveProperty("http.response.status_code");
    expect(second).toMatchObject({
      statusCode: "STATUS_CODE_ERROR",
      attributes: { "error.type": "503", "http.request.resend_count": 1 },
    });
    expect(third).toMatchObject({
      endMs: 1_750_000_000_042,
      attributes: { "heddle.hedge": true, "heddle.outcome": "cancelled" },
    });
  });

  it("calls a server's 5xx an error and a 4xx none, but a 4xx that the mesh got one", () => {
    const refused = exported(seenRequest({ status: 503, reason: "no_healthy_endpoint", flags: "UH" }), []);
    expect(refused[0]).toMatchObject({
      statusCode: "STATUS_CODE_ERROR",
      attributes: { "error.type": "no_healthy_endpoint" },
    });
    const missing = exported(seenRequest({ status: 404 }), [attempt({ status: 404 })]);
    expect(missing.map(({ statusCode }) => statusCode)).toEqual([
      "STATUS_CODE_UNSET",
      "STATUS_CODE_UNSET",
      "STATUS_CODE_ERROR",
    ]);
  });

  it("is one span where no route matched, named by a method from a bounded set", () => {
    const [server, ...others] = exported(
      seenRequest({ method: "BREW", route: "", pathPattern: "", service: "", lastService: "", status: 404 }),
      [],
    );
    expect(others).toEqual([]);
    expect(server).toMatchObject({
      name: "HTTP",
      attributes: { "http.request.method": "_OTHER", "http.request.method_original": "BREW" },
    });
  });

  it("links to the trace that was left, and cuts a list that is long", () => {
    const left = { traceId: "3".repeat(32), spanId: "4".repeat(16), flags: 1 };
    const state = Array.from({ length: 32 }, (_, i) => `k${i}=${"v".repeat(60)}`).join(",");
    const [server] = exported(seenRequest(), [], { left: left as never, parentId: "", state });
    expect(server!.links).toEqual([{ traceId: left.traceId, spanId: left.spanId }]);
    expect(server!.parentSpanId).toBe("");
    expect(server!.traceState.length).toBeLessThanOrEqual(512);
    expect(state.startsWith(server!.traceState)).toBe(true);
  });
});

describe("the decoder of these tests", () => {
  it("takes nothing that the protocol does not have", () => {
    const text = encodeExport([], { "service.name": "edge" });
    expect(() => decodeExport(text.replace("scopeSpans", "scopedSpans"))).toThrow();
    expect(() => decodeExport(text.replace("stringValue", "stringsValue"))).toThrow();
  });
});
