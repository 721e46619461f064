/**
 * What an isolate tells of single requests, as its mesh asks for it. With nothing asked for there is nothing here, nobody
 * watches, and requests pay for a look at a null.
 */
import type { Redaction, TelemetrySettings, TracingSettings } from "../../core/mesh-telemetry.ts";
import { createLineLimit, type LineLimit } from "../../telemetry/log/line-limit.ts";
import { createIds, type Ids } from "../../telemetry/trace/ids.ts";
import type { Environment } from "../environment.ts";
import { createExporter, type Exporter, setUp } from "./exporter.ts";

export interface Telemetry {
  readonly settings: TelemetrySettings;
  /** Null: trace headers are none of our business. */
  readonly tracing: Tracing | null;
  /** Null: no lines are written. */
  readonly lines: LineLimit | null;
  /** Null: no points are written: nobody asked, or no dataset is bound. */
  readonly dataset: NonNullable<Environment["ANALYTICS"]> | null;
  /** Whose hash stands for an address; null: none does. */
  readonly addressKey: Promise<CryptoKey> | null;
  /** Points written. */
  points: number;
}

export interface Tracing {
  readonly settings: TracingSettings;
  readonly ids: Ids;
  readonly exporter: Exporter;
}

/** Shortest secret that addresses are hashed with, in characters: what is shorter can be guessed. */
const MIN_KEY_LENGTH = 16;

/**
 * What the mesh asks for; null for nothing.
 *
 * - `before`: what was in force: spans that wait go on waiting, and counts go on.
 *
 * Never throws.
 */
export function openTelemetry(
  settings: TelemetrySettings | undefined,
  env: Environment,
  before: Telemetry | null,
): Telemetry | null {
  if (settings === undefined) return null;
  const { redaction, accessLog, tracing, analytics } = settings;
  return {
    settings,
    tracing: tracing === undefined ? null : openTracing(tracing, env, before?.tracing ?? null),
    lines: accessLog === undefined ? null : createLineLimit(accessLog.linesPerSecond),
    dataset: analytics === undefined ? null : (env.ANALYTICS ?? null),
    addressKey: addressKeyOf(redaction, env),
    points: before?.points ?? 0,
  };
}

function openTracing(settings: TracingSettings, env: Environment, before: Tracing | null): Tracing {
  const exporter = before?.exporter ?? createExporter(settings.bufferSpans);
  setUp(exporter, settings, env);
  return { settings, ids: before?.ids ?? createIds((bytes) => crypto.getRandomValues(bytes)), exporter };
}

function addressKeyOf({ clientAddress }: Redaction, { HEDDLE_LOG_KEY: key }: Environment): Promise<CryptoKey> | null {
  if (clientAddress !== "hash") return null;
  if (key === undefined || key.length < MIN_KEY_LENGTH) {
    const problem = `addresses are left out: clientAddress: hash needs the secret HEDDLE_LOG_KEY, of ${MIN_KEY_LENGTH} characters or more`;
    console.error(JSON.stringify({ event: "log_key_missing", problem }));
    return null;
  }
  const bytes = new TextEncoder().encode(key);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}
