/** Durations as Go and protobuf write them, which is how Istio's and Envoy's documents do: "1.5s", "1h30m", "250ms". */

const UNIT_MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000_001,
};

/** Milliseconds, with fractions; null for what is no duration. Negative durations are none. Never throws. */
export function sourceDurationMs(text: string): number | null {
  if (
    !/^([0-9]+(\.[0-9]*)?|\.[0-9]+)(h|ms|us|µs|ns|m|s)(([0-9]+(\.[0-9]*)?|\.[0-9]+)(h|ms|us|µs|ns|m|s))*$/.test(text)
  ) {
    return text === "0" ? 0 : null;
  }
  let sumMs = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(h|ms|us|µs|ns|m|s)/g))
    sumMs += Number(amount) * UNIT_MS[unit!]!;
  return sumMs;
}
