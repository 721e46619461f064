/** What telling of a request costs without the platform: placing it in its trace, deciding, and encoding what is kept. */
import { seededRng } from "../../src/core/rng.ts";
import { accessLine } from "../../src/telemetry/log/access-line.ts";
import { keptBy } from "../../src/telemetry/sampling.ts";
import { contextOf } from "../../src/telemetry/trace/context.ts";
import { createIds } from "../../src/telemetry/trace/ids.ts";
import { encodeSpan } from "../../src/telemetry/trace/otlp.ts";
import { type AttemptTrace, spansOf, type Trace } from "../../src/telemetry/trace/spans.ts";
import { formatTraceparent } from "../../src/telemetry/trace/traceparent.ts";
import { seenRequest } from "../fixtures/seen-request.ts";

export interface Workload {
  readonly name: string;
  /** Gives something that depends on all of the work. */
  readonly body: () => number;
}

const CAME = {
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  tracestate: "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7",
};
const NOTHING = { traceparent: null, tracestate: null };

export function tellingWorkloads(): readonly Workload[] {
  const rng = seededRng(1);
  const ids = createIds((bytes) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>));
  const settings = { incoming: "continue", mint: true, share: 0.01 } as const;
  const seen = seenRequest();
  const ended = { status: 200, durationMs: 42, attempts: seen.attempts };
  const trace: Trace = { context: contextOf(CAME, settings, ids, rng)!, attempts: [attemptOf(ids.spanId())] };
  return [
    {
      name: "telling: a trace begun, one attempt, nothing kept",
      body: () => {
        const { traceId, flags } = contextOf(NOTHING, settings, ids, rng)!;
        const { length } = formatTraceparent({ traceId, spanId: attemptOf(ids.spanId()).spanId, flags });
        return length + keptBy({ slowMs: 1_000 }, ended, false).length;
      },
    },
    {
      name: "telling: a caller's trace goes on, nothing kept",
      body: () => {
        const { traceId, flags } = contextOf(CAME, settings, ids, rng)!;
        const { length } = formatTraceparent({ traceId, spanId: attemptOf(ids.spanId()).spanId, flags });
        return length + keptBy({ slowMs: 1_000 }, ended, false).length;
      },
    },
    {
      name: "telling: three spans encoded",
      body: () => {
        const spans = spansOf(trace, seen, { kept: "share", ids, targetPath: "/cart/7?page=REDACTED" });
        return spans.reduce((sum, span) => sum + encodeSpan(span).length, 0);
      },
    },
    {
      name: "telling: an access line",
      body: () => accessLine(seen, { kept: "share", traceId: trace.context.traceId, spanId: "", leftOut: 0 }).length,
    },
  ];
}

function attemptOf(spanId: string): AttemptTrace {
  return {
    spanId,
    service: "cart",
    endpoint: "aws",
    origin: "https://cart.aws.example",
    basePath: "",
    cloud: "aws",
    region: "eu-central-1",
    number: 1,
    isHedge: false,
    startedAtMs: 1_750_000_000_001,
    endedAtMs: 1_750_000_000_041,
    outcome: "ok",
    status: 200,
  };
}
