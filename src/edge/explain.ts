/**
 * Why a request would go where it goes: route, backends, and each candidate's state, cost and probability. Asks the same
 * modules that decide, and changes nothing.
 */
import type { BackendRef } from "../core/mesh.ts";
import { matchRoute } from "../core/route/match.ts";
import type { CandidateView } from "../core/service-state.ts";
import { explainService } from "../core/service-state.ts";
import { addressOf } from "./address.ts";
import { type ExplainedAuthentication, explainAuthentication } from "./guard/explain-authentication.ts";
import { type ExplainedAuthorization, explainAuthorization } from "./guard/explain-authorization.ts";
import { type ExplainedBounds, explainBounds } from "./guard/explain-bounds.ts";
import { type ExplainedRateLimit, explainRateLimits } from "./guard/explain-rate-limits.ts";
import { headOf } from "./head-of.ts";
import type { Isolate } from "./isolate.ts";
import { affinityKeyOf } from "./request-traits.ts";
import { type EndpointsView, endpointsViewOf, problemsOf } from "./state.ts";

export interface Explanation {
  readonly meshVersion: string;
  readonly region: string;
  readonly request: { readonly method: string; readonly url: string };
  /** null: no route matches, the answer would be 404 NR. */
  readonly route: { readonly name: string; readonly rule: string } | null;
  /** Null: the rule has no bounds, or no route matches. */
  readonly bounds: ExplainedBounds | null;
  /** Null: nobody is asked who they are, or no route matches. */
  readonly authentication: ExplainedAuthentication | null;
  /** Null: the rule has no policies, they are not reached since the caller is refused before them, or no route matches. */
  readonly authorization: ExplainedAuthorization | null;
  /** Those that it would count against; empty: none, or the caller is refused before them. */
  readonly rateLimits: readonly ExplainedRateLimit[];
  readonly backends: readonly ExplainedBackend[];
  /** What an operator has to see to, of the whole isolate: a secret that is not there, for one. */
  readonly problems: readonly string[];
}

export interface ExplainedBackend {
  readonly service: string;
  /** Which endpoints it has here; null for a backend that is no service. */
  readonly endpointSet: EndpointsView | null;
  readonly weight: number;
  /** Probability that the rule chooses this backend, 0..1. */
  readonly share: number;
  readonly policy: string;
  /** How old the shared knowledge is; null: this isolate has only its own. */
  readonly snapshotAgeMs: number | null;
  readonly candidates: readonly CandidateView[];
  /** The likeliest candidate, and why; empty when none may be chosen. */
  readonly likeliest: string;
  readonly why: string;
}

/** Explains a request without sending it. Credentials of its headers and URL are checked and shown nowhere. Never rejects. */
export async function explain(
  isolate: Isolate,
  request: Request,
  nowMs: number,
  ctx: Pick<ExecutionContext, "waitUntil">,
): Promise<Explanation> {
  const { mesh, routes, services } = isolate.open;
  const address = addressOf(request.url, mesh.edge.mergeSlashes);
  const matched = matchRoute(routes, headOf(request, address));
  const refs = (matched?.rule.backendRefs ?? []).flatMap((ref) => withSides(ref, isolate));
  const total = refs.reduce((sum, ref) => sum + ref.weight, 0);
  const backends = refs.map((ref): ExplainedBackend => {
    const service = services[ref.service];
    if (service === undefined) return unusable(ref.weight, total);
    const { state } = service;
    const clientIp = request.headers.get("cf-connecting-ip") ?? "";
    const hashKey = affinityKeyOf(state.service, request.headers, address, clientIp);
    const candidates = explainService(state, { nowMs, rng: isolate.rng, hashKey });
    const likeliest = candidates.reduce<CandidateView | null>(
      (best, one) => (one.probability > (best?.probability ?? 0) ? one : best),
      null,
    );
    return {
      service: state.service.name,
      endpointSet: endpointsViewOf(service),
      weight: ref.weight,
      share: total > 0 ? ref.weight / total : 0,
      policy: state.service.loadBalancing.policy,
      snapshotAgeMs: state.snapshot === null ? null : Math.max(0, nowMs - state.snapshotAtMs),
      candidates,
      likeliest: likeliest?.id ?? "",
      why: likeliest === null ? "no endpoint may be chosen" : reason(likeliest, candidates),
    };
  });
  const caller = matched === null ? null : await explainAuthentication(isolate, request, address, matched, nowMs, ctx);
  const isRefused = caller?.authentication?.verdict.ok === false;
  return {
    meshVersion: mesh.version,
    region: isolate.region,
    request: { method: request.method, url: request.url },
    route: matched === null ? null : { name: matched.route.name, rule: matched.rule.name },
    bounds: matched === null ? null : explainBounds(isolate, request, address, matched),
    authentication: caller?.authentication ?? null,
    authorization:
      matched === null || isRefused
        ? null
        : explainAuthorization(isolate, request, address, matched, caller!.principal),
    rateLimits:
      matched === null || isRefused ? [] : explainRateLimits(isolate, request, address, matched, nowMs, caller!),
    backends,
    problems: problemsOf(isolate),
  };
}

/** A rollout as its two sides, each with the weight it has now. */
function withSides(ref: BackendRef, isolate: Isolate): readonly BackendRef[] {
  if (ref.rollout === undefined) return [ref];
  const { percent } = isolate.open.rollouts[ref.rollout.index]!;
  const { canary } = ref.rollout;
  return [
    { ...ref, weight: (ref.weight * (100 - percent)) / 100 },
    { ...canary, weight: (canary.weight * percent) / 100 },
  ];
}

function unusable(weight: number, total: number): ExplainedBackend {
  return {
    service: "",
    endpointSet: null,
    weight,
    share: total > 0 ? weight / total : 0,
    policy: "",
    snapshotAgeMs: null,
    candidates: [],
    likeliest: "",
    why: "the backend refers to no service that may be used: its share gets 500",
  };
}

function reason(best: CandidateView, all: readonly CandidateView[]): string {
  const open = all.filter((one) => one.probability > 0);
  if (open.length === 1) return `${best.id} is the only endpoint that may be chosen`;
  return `${best.id} has the highest probability (${percent(best.probability)}) of ${open.length} that may be chosen`;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}
