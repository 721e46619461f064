/** Istio's outlier detection under Envoy's names, with what Istio leaves off or sets by itself. */
import { outlierDetectionSchema } from "../../config/schema/outlier-detection.ts";
import { boundedDuration } from "../proxy/bounded-duration.ts";
import { fitting, type Settings } from "../proxy/draft.ts";
import type { SourceNode } from "../proxy/source-node.ts";

const EJECTION = { min: "100ms", max: "1h" };

export interface OutlierSettings {
  readonly outlierDetection: Settings;
  /** Istio has no panic unless minHealthPercent asks for it. */
  readonly panicThreshold: number;
}

/** Source: istio.io/api networking/v1/destination_rule.proto; pilot's applyOutlierDetection. */
export function outlierDetection(node: SourceNode | undefined): OutlierSettings {
  if (node === undefined) return { outlierDetection: { enabled: false }, panicThreshold: 0 };
  const time = (name: string, defaultMs: number) => {
    const { text, changed } = boundedDuration(node.durationMs(name) ?? defaultMs, EJECTION);
    if (changed !== null) node.note(name, changed, "changed");
    return text;
  };
  const baseMs = node.durationMs("baseEjectionTime") ?? 30_000;
  const gateway = node.number("consecutiveGatewayErrors") ?? 0;
  const local = node.number("consecutiveLocalOriginFailures") ?? 5;
  node.drop("consecutiveErrors", "was removed from Istio; use consecutive5xxErrors");
  node.drop("outlierDetectionHttpErrorCodes", "5xx answers are what counts as an error");
  const percent = node.number("minHealthPercent") ?? 0;
  const fits = percent >= 0 && percent <= 100;
  if (!fits) node.invalid("minHealthPercent", "has to be from 0 to 100");
  const settings = {
    consecutive5xx: node.number("consecutive5xxErrors") ?? 5,
    enforcingConsecutive5xx: 100,
    consecutiveGatewayFailure: gateway,
    enforcingConsecutiveGatewayFailure: gateway > 0 ? 100 : 0,
    splitExternalLocalOriginErrors: node.flag("splitExternalLocalOriginErrors") ?? false,
    consecutiveLocalOriginFailure: local,
    interval: time("interval", 10_000),
    baseEjectionTime: time("baseEjectionTime", 30_000),
    // Envoy's default where Istio says nothing.
    maxEjectionTime: boundedDuration(Math.max(baseMs, 300_000), EJECTION).text,
    maxEjectionTimeJitter: "0s",
    maxEjectionPercent: node.number("maxEjectionPercent") ?? 10,
    minEjectionHosts: 0,
    enforcingSuccessRate: 0,
    enforcingFailurePercentage: 0,
  };
  const fieldOf: Readonly<Record<string, string>> = {
    consecutive5xx: "consecutive5xxErrors",
    consecutiveGatewayFailure: "consecutiveGatewayErrors",
    consecutiveLocalOriginFailure: "consecutiveLocalOriginFailures",
  };
  return {
    outlierDetection: fitting(outlierDetectionSchema, settings, (field, message) =>
      node.note(fieldOf[field] ?? field, message),
    ),
    panicThreshold: fits ? percent : 0,
  };
}
