import type { CandidateView } from "../../core/service-state.ts";

/** What `GET /.heddle/explain` of an edge answers, as far as it is shown. */
export interface Explanation {
  readonly meshVersion: string;
  readonly region: string;
  readonly request: { readonly method: string; readonly url: string };
  /** Null: no route matches. */
  readonly route: { readonly name: string; readonly rule: string } | null;
  readonly backends: readonly ExplainedBackend[];
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
