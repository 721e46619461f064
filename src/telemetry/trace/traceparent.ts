/**
 * The traceparent header: which trace a request belongs to, and which span it comes from.
 *
 * Source: W3C Trace Context Level 2, §2.2 (traceparent) and §2.2.4 (versioning).
 */

export interface TraceParent {
  /** 32 hex digits in lower case, not all 0. */
  readonly traceId: string;
  /** 16 hex digits in lower case, not all 0: the caller's span. */
  readonly spanId: string;
  /** SAMPLED and RANDOM; other bits are not ours to pass on. */
  readonly flags: number;
}

/** The caller may have recorded the trace. */
export const SAMPLED = 0x01;
/** The last seven bytes of the trace id were drawn at random (Level 2). */
export const RANDOM = 0x02;

const FORMAT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);

/**
 * Reads a header; null when it is absent or malformed, and the trace has to begin anew. Several headers come joined by a
 * comma, and are malformed. Of versions to come, what this one knows is read.
 *
 * Never throws. Linear in the text.
 */
export function parseTraceparent(text: string | null): TraceParent | null {
  if (text === null) return null;
  const found = FORMAT.exec(trimOws(text));
  if (found === null) return null;
  const [, version, traceId, spanId, flags, more] = found;
  if (version === "ff" || (version === "00" && more !== undefined)) return null;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return null;
  return { traceId: traceId!, spanId: spanId!, flags: Number.parseInt(flags!, 16) & (SAMPLED | RANDOM) };
}

/** The header for the next hop, always in version 00. */
export function formatTraceparent({ traceId, spanId, flags }: TraceParent): string {
  return `00-${traceId}-${spanId}-0${flags}`;
}

/** Without spaces and tabs around it. */
export function trimOws(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isOws(text.charCodeAt(from))) from += 1;
  while (to > from && isOws(text.charCodeAt(to - 1))) to -= 1;
  return from === 0 && to === text.length ? text : text.slice(from, to);
}

function isOws(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
