import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";
import type { Mesh } from "../../../../src/core/mesh.ts";
import { refuses, shop } from "./faulty.ts";

const compiled = async (telemetry: string): Promise<Mesh["telemetry"]> => {
  const parsed = parseConfig(`${shop()}\ntelemetry: ${telemetry}`);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return (await compileMesh(parsed.config, { nowMs: 1 })).telemetry;
};

describe("telemetry", () => {
  refuses([
    [
      "a log of credentials",
      `${shop()}\ntelemetry: { accessLog: { requestHeaders: [Cookie] } }`,
      "telemetry.accessLog.requestHeaders[0]",
      5,
      "carries credentials",
    ],
    [
      "a secret that is none of the collector's",
      `${shop()}\ntelemetry: { tracing: { headers: { authorization: { secret: HEDDLE_SESSION_KEY } } } }`,
      "telemetry.tracing.headers.authorization.secret",
      5,
      "must be the name of a secret",
    ],
    [
      "a collector's address with a password in it",
      `${shop()}\ntelemetry: { tracing: { endpoint: "https://me:secret@collector.example/" } }`,
      "telemetry.tracing.endpoint",
      5,
      "looks like a URL with a password",
    ],
    [
      "batches larger than the buffer",
      `${shop()}\ntelemetry: { tracing: { bufferSpans: 100 } }`,
      "telemetry.tracing.batchSpans",
      5,
      "512 is more than bufferSpans, 100",
    ],
    [
      "more than all",
      `${shop()}\ntelemetry: { accessLog: { samplePercent: 101 } }`,
      "telemetry.accessLog.samplePercent",
      5,
      "100",
    ],
  ]);

  it("is not in the mesh when nothing is to be told", async () => {
    expect(await compiled("{ redaction: { clientAddress: full } }")).toBeUndefined();
    expect(await compiled("{ accessLog: { enabled: false }, tracing: { enabled: false } }")).toBeUndefined();
  });

  it("is compiled with its defaults", async () => {
    expect(await compiled("{ accessLog: {}, tracing: {}, analytics: {} }")).toEqual({
      redaction: { queryValues: [], clientAddress: "truncate" },
      accessLog: { share: 0.01, slowMs: 1_000, requestHeaders: [], linesPerSecond: 100 },
      tracing: {
        endpoint: "",
        headers: [],
        secretHeaders: [],
        share: 0.01,
        slowMs: 1_000,
        incoming: "continue",
        mint: true,
        serviceName: "heddle-edge",
        gzip: true,
        batchSpans: 512,
        bufferSpans: 2_048,
        delayMs: 5_000,
        timeoutMs: 5_000,
      },
      analytics: { share: 1 },
    });
  });

  it("keeps secrets out of the mesh: their names are in it", async () => {
    const telemetry = await compiled(
      "{ tracing: { headers: { X-Tenant: acme, Authorization: { secret: HEDDLE_OTLP_AUTHORIZATION } } } }",
    );
    expect(telemetry!.tracing).toMatchObject({
      headers: [["x-tenant", "acme"]],
      secretHeaders: [["authorization", "HEDDLE_OTLP_AUTHORIZATION"]],
    });
  });
});
