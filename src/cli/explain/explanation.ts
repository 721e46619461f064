import type { AuthorizationDecision, MatchedRule } from "../../core/authz/decision.ts";
import type { CandidateView } from "../../core/service-state.ts";

/** What `GET /.heddle/explain` of an edge answers, as far as it is shown. */
export interface Explanation {
  readonly meshVersion: string;
  readonly region: string;
  readonly request: { readonly method: string; readonly url: string };
  /** Null: no route matches. */
  readonly route: { readonly name: string; readonly rule: string } | null;
  /** Null or absent: the rule has no bounds. */
  readonly bounds?: { readonly beyond: string | null; readonly dryRun: boolean } | null;
  /** Null or absent: nobody is asked. */
  readonly authentication?: ExplainedAuthentication | null;
  /** Null or absent: the rule has no policies, or they are not reached. */
  readonly authorization?: ExplainedAuthorization | null;
  /** Absent: none, or an edge of before. */
  readonly rateLimits?: readonly ExplainedRateLimit[];
  readonly backends: readonly ExplainedBackend[];
  /** Of the isolate that answered; absent: an edge of before. */
  readonly problems?: readonly string[];
}

export interface ExplainedAuthentication {
  readonly providers: readonly string[];
  readonly required: boolean;
  /** Those whose credentials were not looked at. Absent: an edge of before, which looks at none. */
  readonly unasked?: readonly string[];
  /** `principal`: "" for nobody; `provider`: "" for none in particular. */
  readonly verdict?:
    | { readonly ok: true; readonly principal: string; readonly by: string }
    | { readonly ok: false; readonly status: number; readonly provider: string; readonly why: string };
}

export interface ExplainedAuthorization {
  /** "" for nobody. */
  readonly principal: string;
  /** Authorizers that would be asked first. */
  readonly asks: readonly string[];
  readonly decision: AuthorizationDecision;
  readonly matched: readonly MatchedRule[];
}

export interface ExplainedRateLimit {
  readonly name: string;
  readonly algorithm: string;
  readonly scope: string;
  /** Empty: everything together. */
  readonly by: readonly string[];
  readonly cost: number;
  readonly limit: number;
  /** Providers that would say what it is counted by, and are not asked here. Absent: an edge of before. */
  readonly unasked?: readonly string[];
  /** Null: not known here. */
  readonly remaining: number | null;
  readonly allowed: boolean | null;
  readonly dryRun: boolean;
}

export interface ExplainedBackend {
  readonly service: string;
  /** Probability that the rule chooses this backend, 0..1. */
  readonly share: number;
  readonly policy: string;
  /** Null: the edge has no shared knowledge, only its own. */
  readonly snapshotAgeMs: number | null;
  readonly candidates: readonly CandidateView[];
  /** "" when none may be chosen. */
  readonly likeliest: string;
  readonly why: string;
}
