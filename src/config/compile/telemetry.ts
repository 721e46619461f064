import type { Mesh } from "../../core/mesh.ts";
import type {
  AccessLogSettings,
  AnalyticsSettings,
  TelemetrySettings,
  TracingSettings,
} from "../../core/mesh-telemetry.ts";
import { durationMs } from "../duration.ts";
import type { MeshConfig } from "../schema/mesh.ts";

type TelemetryConfig = MeshConfig["telemetry"];
type Named<K extends keyof TelemetryConfig> = NonNullable<TelemetryConfig[K]>;

/** The telemetry of the mesh, as a field of it; none when nothing is to be told. */
export function compileTelemetry(config: TelemetryConfig): Pick<Mesh, "telemetry"> {
  const { redaction, accessLog, tracing, analytics } = config;
  const told: Omit<TelemetrySettings, "redaction"> = {
    ...(accessLog?.enabled && { accessLog: compileAccessLog(accessLog) }),
    ...(tracing?.enabled && { tracing: compileTracing(tracing) }),
    ...(analytics?.enabled && { analytics: compileAnalytics(analytics) }),
  };
  return Object.keys(told).length === 0 ? {} : { telemetry: { redaction, ...told } };
}

function compileAccessLog(config: Named<"accessLog">): AccessLogSettings {
  const { samplePercent, slow, requestHeaders, linesPerSecond } = config;
  return {
    share: samplePercent / 100,
    slowMs: durationMs(slow),
    requestHeaders: [...new Set(requestHeaders.map((name) => name.toLowerCase()))],
    linesPerSecond,
  };
}

function compileTracing(config: Named<"tracing">): TracingSettings {
  const { endpoint, headers, samplePercent, slow, incoming, mint, serviceName, compression, batchSpans, bufferSpans } =
    config;
  const plain: [string, string][] = [];
  const secret: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string") plain.push([name.toLowerCase(), value]);
    else secret.push([name.toLowerCase(), value.secret]);
  }
  return {
    endpoint: endpoint ?? "",
    headers: plain,
    secretHeaders: secret,
    share: samplePercent / 100,
    slowMs: durationMs(slow),
    incoming,
    mint,
    serviceName,
    gzip: compression === "gzip",
    batchSpans,
    bufferSpans,
    delayMs: durationMs(config.delay),
    timeoutMs: durationMs(config.timeout),
  };
}

function compileAnalytics({ samplePercent }: Named<"analytics">): AnalyticsSettings {
  return { share: samplePercent / 100 };
}
