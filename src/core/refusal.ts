import type { BoundName } from "./limit/bounds.ts";

/**
 * Why a request ended without an endpoint's answer. Flags are Envoy's.
 *
 * NR no route · UH no healthy endpoint · UO over a limit · UT attempt or request timed out · UF connection failed ·
 * URX retries used up · UC connection broke · DC downstream went away · RL rate limited · UAEX denied by the authorizer ·
 * LR loop: the request already passed this mesh too often · FI fault injected · FE a filter from code failed.
 *
 * Source: Envoy access log documentation, %RESPONSE_FLAGS%; LR there means "local reset" and is not used that way here, and FE is ours.
 */
export type ResponseFlag =
  | "NR"
  | "UH"
  | "UO"
  | "UT"
  | "UF"
  | "URX"
  | "UC"
  | "DC"
  | "RL"
  | "UAEX"
  | "LR"
  | "FI"
  | "FE"
  | "DPE";

/** A request the mesh itself answers, with its evidence. One switch turns it into a status. */
export type Refusal =
  /** What the Host says is not a host. */
  | { readonly reason: "bad_authority"; readonly authority: string }
  | { readonly reason: "no_route" }
  /** Nobody is asked to say a request back: what the mesh adds for endpoints would be in the answer. */
  | { readonly reason: "method_not_carried"; readonly method: string }
  /** A body where a request can have none that means anything. */
  | { readonly reason: "unexpected_body"; readonly method: string }
  /** A WebSocket is asked for by GET; the platform would send one, whatever the method that was authorized. */
  | { readonly reason: "unexpected_upgrade"; readonly method: string }
  /** The downstream broke its body off. */
  | { readonly reason: "body_broken_off"; readonly service: string; readonly attempts: number }
  | { readonly reason: "no_backend"; readonly route: string }
  /** The backend that was drawn refers to nothing that may be used. */
  | { readonly reason: "invalid_backend"; readonly route: string; readonly rule: string }
  /** Aborted on purpose. */
  | { readonly reason: "fault"; readonly route: string; readonly rule: string; readonly status: number }
  | { readonly reason: "filter_failed"; readonly route: string; readonly filter: string; readonly fault: string }
  /** `why` never holds any part of a credential. `provider`: "" for none in particular. */
  | ({ readonly reason: "unauthenticated" } & AuthenticationEvidence)
  /** An authorizer's word. */
  | ({ readonly reason: "denied"; readonly status: number } & AuthenticationEvidence)
  /** By authorization policies. `policy` and `policyRule` are those of the DENY that matched; "" and -1 when no ALLOW did. */
  | {
      readonly reason: "forbidden";
      readonly route: string;
      readonly rule: string;
      readonly policy: string;
      readonly policyRule: number;
    }
  /** Keys or authorizer cannot be asked. */
  | ({ readonly reason: "authentication_unavailable"; readonly retryAfterMs: number } & AuthenticationEvidence)
  | ({ readonly reason: "authentication_busy"; readonly retryAfterMs: number } & AuthenticationEvidence)
  /** Beyond a bound of the rule; `bound` says which, `seen` and `most` in figures where there are any. */
  | {
      readonly reason: "out_of_bounds";
      readonly route: string;
      readonly rule: string;
      readonly bound: BoundName;
      readonly seen: number;
      readonly most: number;
      /** It was let in all the same: the bound is on trial. */
      readonly dryRun?: true;
    }
  /** Over a limit, by its name. `isTold`: callers are told of that limit. `dryRun`: it was let in all the same. */
  | ({ readonly reason: "rate_limited"; readonly isTold: boolean } & RateLimitEvidence)
  /** Its binding or its object cannot be asked, and it is closed then. */
  | ({ readonly reason: "rate_limit_unavailable" } & RateLimitEvidence)
  /** Larger than what can be held against its signed digest. */
  | ({ readonly reason: "body_too_large" } & AuthenticationEvidence)
  /** It has to be in memory to be looked at or signed, and other bodies take up all there is. */
  | {
      readonly reason: "no_room_for_body";
      readonly route: string;
      readonly rule: string;
      readonly retryAfterMs: number;
    }
  /** Larger than what the endpoints' credentials can sign; a stream is signed by nobody. */
  | { readonly reason: "body_not_signable"; readonly service: string; readonly why: string }
  /** For want of a key, a token or a binding. `why` never holds any part of a secret. */
  | { readonly reason: "not_sent"; readonly service: string; readonly why: string }
  | { readonly reason: "no_healthy_endpoint"; readonly service: string }
  | { readonly reason: "overflow"; readonly service: string; readonly limit: string; readonly retryAfterMs: number }
  | { readonly reason: "shed"; readonly service: string; readonly requestClass: string; readonly retryAfterMs: number }
  | {
      readonly reason: "request_timeout";
      readonly service: string;
      readonly timeoutMs: number;
      readonly attempts: number;
    }
  | { readonly reason: "upstream_connect_failure"; readonly service: string; readonly attempts: number }
  | { readonly reason: "upstream_reset"; readonly service: string; readonly attempts: number }
  | {
      readonly reason: "upstream_timeout";
      readonly service: string;
      readonly timeoutMs: number;
      readonly attempts: number;
    }
  | { readonly reason: "loop"; readonly hops: number };

interface RateLimitEvidence {
  readonly route: string;
  readonly rule: string;
  readonly limit: string;
  readonly retryAfterMs: number;
  readonly dryRun?: true;
}

interface AuthenticationEvidence {
  readonly route: string;
  readonly rule: string;
  readonly provider: string;
  readonly why: string;
}
