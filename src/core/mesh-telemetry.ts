/** What is told of single requests, as compiled: part of the mesh (mesh.ts); plain data, every default resolved. */

export interface TelemetrySettings {
  readonly redaction: Redaction;
  /** Absent: none is written. */
  readonly accessLog?: AccessLogSettings;
  /** Absent: trace headers pass through untouched, and there are no spans. */
  readonly tracing?: TracingSettings;
  /** Absent: nothing is written. */
  readonly analytics?: AnalyticsSettings;
}

/** What of a request may be written down at all. */
export interface Redaction {
  /** Query parameters whose values may be; the names of all others are kept without. */
  readonly queryValues: readonly string[];
  /** truncate: /24 or /48. hash: HMAC with the secret HEDDLE_LOG_KEY; without that secret, none. */
  readonly clientAddress: "truncate" | "hash" | "full" | "none";
}

/** Which requests are told of. Failed ones always are. */
export interface TailSampling {
  /** Of those that are neither failed nor slow, 0..1. */
  readonly share: number;
  /** Requests that took so long are slow, ms; 0: none is. */
  readonly slowMs: number;
}

export interface AccessLogSettings extends TailSampling {
  /** Header fields to write down, names in lower case. */
  readonly requestHeaders: readonly string[];
  /** Lines an isolate writes a second, at most; those left out are counted. */
  readonly linesPerSecond: number;
}

export interface TracingSettings extends TailSampling {
  /** Where OTLP/HTTP traces are taken; "": the variable HEDDLE_OTLP_ENDPOINT says. */
  readonly endpoint: string;
  /** Sent with each export. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The same, with values that are secrets of the Worker under these names. */
  readonly secretHeaders: readonly (readonly [name: string, secret: string])[];
  /** continue: callers' traces go on, sampled by us. follow: as callers sampled them. restart: every request begins a trace. */
  readonly incoming: "continue" | "follow" | "restart";
  /** Whether a request without a trace begins one. */
  readonly mint: boolean;
  /** `service.name` of the spans. */
  readonly serviceName: string;
  readonly gzip: boolean;
  /** Spans of one export, and of those that wait, at most. */
  readonly batchSpans: number;
  readonly bufferSpans: number;
  /** A span waits so long for others, at most. */
  readonly delayMs: number;
  readonly timeoutMs: number;
}

export interface AnalyticsSettings {
  /** Of requests that did not fail, 0..1. */
  readonly share: number;
}
