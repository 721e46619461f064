/** How well an endpoint or a service is, as a word, a tone and a reason: from what the control plane says of them. */
import type { ServiceProblem } from "../../../../../src/core/service-problem.ts";
import type { BreakerName, EndpointState, HealthName } from "../api/shapes.ts";

/** What colour and shape go by. `off`: taken out on purpose. */
export type Tone = "good" | "warn" | "bad" | "off" | "unknown";

export interface Mood {
  readonly tone: Tone;
  readonly word: string;
}

const MOODS = {
  serving: { tone: "good", word: "Serving" },
  recovering: { tone: "warn", word: "Recovering" },
  ejected: { tone: "bad", word: "Ejected" },
  blocked: { tone: "bad", word: "Blocked" },
  unhealthy: { tone: "bad", word: "Unhealthy" },
  notReady: { tone: "warn", word: "Not ready" },
  drained: { tone: "off", word: "Drained" },
  disabled: { tone: "off", word: "Disabled" },
  leaving: { tone: "off", word: "Leaving" },
} as const satisfies Record<string, Mood>;

/**
 * What an operator said goes before what was observed, and the breaker before checks: it says more.
 *
 * - `problems`: of its service. One that gets no requests is blocked, however well it is.
 */
export function endpointMood(
  endpoint: {
    readonly id: string;
    readonly health: HealthName;
    readonly breaker: BreakerName;
    readonly leaving?: boolean;
  },
  problems: readonly ServiceProblem[] = [],
): Mood {
  const { health, breaker, leaving = false } = endpoint;
  if (health === "drained") return MOODS.drained;
  if (health === "disabled") return MOODS.disabled;
  if (leaving) return MOODS.leaving;
  if (isBlocked(endpoint.id, problems)) return MOODS.blocked;
  if (breaker === "open") return MOODS.ejected;
  if (health === "unhealthy") return MOODS.unhealthy;
  if (breaker === "half-open") return MOODS.recovering;
  return health === "not-ready" ? MOODS.notReady : MOODS.serving;
}

/** - `problems`: of its service. */
export function isBlocked(id: string, problems: readonly ServiceProblem[]): boolean {
  return problems.some(({ all, endpoints }) => all || endpoints.includes(id));
}

export type ServiceHealth = "down" | "degraded" | "unknown" | "healthy" | "idle";

export const SERVICE_MOODS: Readonly<Record<ServiceHealth, Mood>> = {
  down: { tone: "bad", word: "Down" },
  degraded: { tone: "warn", word: "Degraded" },
  unknown: { tone: "unknown", word: "Unknown" },
  healthy: { tone: "good", word: "Healthy" },
  idle: { tone: "good", word: "Healthy" },
};

/** Worst first: the order in which people want to see services. */
export const BY_CONCERN: readonly ServiceHealth[] = ["down", "degraded", "unknown", "healthy", "idle"];

/** Below this share of good answers callers suffer, whatever endpoints look like. Success of 99 % is a common objective. */
const DEGRADED_BELOW = 0.99;
const DOWN_BELOW = 0.5;

/** A service by its endpoints, by what its callers get, and by what keeps requests from being sent. */
export function serviceHealth(service: {
  readonly rps: number;
  readonly successRatio: number | null;
  readonly endpoints: readonly { readonly id: string; readonly mood: Mood }[];
  readonly problems?: readonly ServiceProblem[];
}): { readonly health: ServiceHealth; readonly why: string } {
  const { rps, successRatio, endpoints, problems = [] } = service;
  const blocked = problems.find(({ all }) => all);
  if (blocked !== undefined) return { health: "down", why: blocked.detail };
  const named = (tone: Tone) => endpoints.filter(({ mood }) => mood.tone === tone);
  const serving = named("good").length + named("warn").length;
  if (endpoints.length > 0 && serving === 0) return { health: "down", why: "no endpoint serves" };
  if (rps > 0 && successRatio !== null && successRatio < DOWN_BELOW) {
    return { health: "down", why: `${failing(successRatio)} of attempts fail` };
  }
  const ailing = [...named("bad"), ...named("warn")];
  if (ailing.length > 0 || problems.length > 0) {
    const details = problems.map(({ detail }) => detail);
    return { health: "degraded", why: [...(ailing.length > 0 ? [listed(ailing)] : []), ...details].join("; ") };
  }
  if (rps > 0 && successRatio !== null && successRatio < DEGRADED_BELOW) {
    return { health: "degraded", why: `${failing(successRatio)} of attempts fail` };
  }
  const out = named("off");
  const why = out.length === 0 ? "" : listed(out);
  return { health: rps > 0 ? "healthy" : "idle", why };
}

function failing(successRatio: number): string {
  return `${((1 - successRatio) * 100).toFixed(1)}%`;
}

/** "aws ejected", "aws, gcp ejected", "12 endpoints: ejected, recovering". */
function listed(endpoints: readonly { readonly id: string; readonly mood: Mood }[]): string {
  const words = [...new Set(endpoints.map(({ mood }) => mood.word.toLowerCase()))];
  if (endpoints.length > 3) return `${endpoints.length} endpoints ${words.join(", ")}`;
  return words
    .map((word) => {
      const ids = endpoints.filter(({ mood }) => mood.word.toLowerCase() === word).map(({ id }) => id);
      return `${ids.join(", ")} ${word}`;
    })
    .join("; ");
}

/** Why an endpoint has the weight that it has. */
export function whyWeight(endpoint: EndpointState, problems: readonly ServiceProblem[] = []): string {
  const { id, weight, effectiveWeight, overrides, breaker, health } = endpoint;
  if (health === "drained" || health === "disabled") return "an operator took it out";
  if (isBlocked(id, problems)) return "no request is sent to it";
  if (breaker === "open") return "its breaker is open";
  if (breaker === "half-open") return "only probes are let through";
  if (overrides.length > 0) return `an operator's word over ${weight}`;
  if (effectiveWeight < weight) return `slow start towards ${weight}`;
  return "as configured";
}
