import type { RolloutPlan } from "../../core/mesh.ts";
import { durationMs } from "../duration.ts";
import type { RolloutConfig } from "../schema/rollouts.ts";
import type { ServiceTable } from "./services.ts";

/** The rollouts of a config whose references were all checked, in its order. */
export function compileRollouts(
  configs: Readonly<Record<string, RolloutConfig>>,
  side: ServiceTable["side"],
): readonly RolloutPlan[] {
  return Object.entries(configs).map(([name, { stable, canary, steps, analysis, force }]) => ({
    name,
    stable: side(stable.service, stable.subset),
    canary: side(canary.service, canary.subset),
    steps: steps.map(({ weight, bake }) => ({ percent: weight, bakeMs: durationMs(bake) })),
    analysis: compileAnalysis(analysis),
    force: { header: force?.header?.toLowerCase() ?? null, cookie: force?.cookie ?? null },
  }));
}

function compileAnalysis({ successRate, p99, ...rest }: RolloutConfig["analysis"]): RolloutPlan["analysis"] {
  return {
    minRequests: rest.minRequests,
    alpha: ratio(100 - rest.confidence),
    maxFailureRatio: ratio(100 - successRate.min),
    maxFailureRise: ratio(successRate.maxDrop),
    maxP99Ms: p99.max === undefined ? 0 : durationMs(p99.max),
    maxP99Ratio: p99.maxRatio,
    rollBackAfterMs: rest.rollBackAfter === undefined ? null : durationMs(rest.rollBackAfter),
  };
}

/** Percent as a share, without what subtracting left behind the twelfth digit. */
function ratio(percent: number): number {
  return Number((percent / 100).toPrecision(12));
}
