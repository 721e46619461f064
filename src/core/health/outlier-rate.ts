/**
 * Envoy's two detectors that compare rates at the end of an interval: success rate against the peers, and failure
 * percentage against a fixed bound.
 *
 * Success rate ejects below mean − factor·σ with the population's standard deviation over the hosts that had enough
 * requests. With few hosts it is blind by construction (one bad host of five is 2σ off at most), hence the minimum.
 *
 * Source: envoyproxy/envoy outlier_detection_impl.cc, successRateEjectionThreshold; its example {50, 100, 100, 100, 100}
 * with factor 1.9 gives 52.
 */
import type { OutlierDetection } from "../mesh.ts";
import type { Rng } from "../rng.ts";
import type { OutlierFinding } from "./outlier.ts";

/** What one endpoint did in an interval: `volume` requests > 0, of which `percent` were good, 0..100. */
export interface OriginRate {
  readonly endpoint: number;
  readonly volume: number;
  readonly percent: number;
}

/**
 * The success rate below which an endpoint is an outlier, in percent; negative for none possible.
 *
 * - `percents`: 0..100 each; empty gives −Infinity.
 * - `stdevFactor`: in thousandths, as in Envoy.
 */
export function successRateThreshold(percents: readonly number[], stdevFactor: number): number {
  if (percents.length === 0) return Number.NEGATIVE_INFINITY;
  const mean = percents.reduce((sum, percent) => sum + percent, 0) / percents.length;
  const variance = percents.reduce((sum, percent) => sum + (percent - mean) ** 2, 0) / percents.length;
  return mean - (stdevFactor / 1_000) * Math.sqrt(variance);
}

/**
 * Findings of both detectors; success rate first, and an endpoint it takes out is not found again.
 *
 * - `rates`: of endpoints that are in, each with a volume > 0.
 *
 * A minimum of 0 hosts counts as 1. A failure percentage threshold of 0 switches that detector off. Never throws.
 */
export function outliersByRate(params: OutlierDetection, rates: readonly OriginRate[], rng: Rng): OutlierFinding[] {
  const findings: OutlierFinding[] = [];
  const judged = rates.filter(({ volume }) => volume >= params.successRateRequestVolume);
  if (judged.length >= Math.max(1, params.successRateMinimumHosts)) {
    const threshold = successRateThreshold(
      judged.map(({ percent }) => percent),
      params.successRateStdevFactor,
    );
    for (const { endpoint, percent } of judged) {
      if (percent >= threshold) continue;
      const enforced = rng() * 100 < params.enforcingSuccessRate;
      const cause = `success_rate: ${percent.toFixed(1)} % of answers good, ${threshold.toFixed(1)} % expected from its peers`;
      findings.push({ endpoint, detector: "success_rate", enforced, cause });
    }
  }
  if (params.failurePercentageThreshold <= 0) return findings;
  const out = new Set(findings.filter((finding) => finding.enforced).map((finding) => finding.endpoint));
  const counted = rates.filter(({ volume }) => volume >= params.failurePercentageRequestVolume);
  if (counted.length < Math.max(1, params.failurePercentageMinimumHosts)) return findings;
  for (const { endpoint, percent } of counted) {
    if (out.has(endpoint) || 100 - percent < params.failurePercentageThreshold) continue;
    const enforced = rng() * 100 < params.enforcingFailurePercentage;
    const cause = `failure_percentage: ${(100 - percent).toFixed(1)} % failed, below ${params.failurePercentageThreshold} % allowed`;
    findings.push({ endpoint, detector: "failure_percentage", enforced, cause });
  }
  return findings;
}
