/** What is decided, with its evidence: for logs and `explain`, never for the caller. */
import type { AuthorizationAction } from "../mesh.ts";

export type AuthorizationDecision =
  | { readonly allowed: true; readonly because: "no_allow_policy" }
  | { readonly allowed: true; readonly because: "allow"; readonly policy: string; readonly rule: number }
  | { readonly allowed: false; readonly because: "deny"; readonly policy: string; readonly rule: number }
  /** There are ALLOW policies, and none of them matches. */
  | { readonly allowed: false; readonly because: "no_match" }
  /** Where its path leads depends on who reads it. */
  | { readonly allowed: false; readonly because: "unreadable_path" };

/** An external authorizer has to be asked. */
export interface AskAuthorizer {
  /** Index into Mesh.authentication.providers. */
  readonly provider: number;
  readonly policy: string;
  readonly rule: number;
}

/** What is written to the log and decides nothing. */
export type Observation =
  | { readonly type: "audit"; readonly policy: string; readonly rule: number }
  /** With the policies on trial the decision would have been this one. */
  | { readonly type: "dry-run"; readonly decision: AuthorizationDecision }
  /** With them an authorizer would have been asked. */
  | { readonly type: "dry-run-ask"; readonly policy: string; readonly rule: number };

/** A rule that matches a request, for `explain`. */
export interface MatchedRule {
  readonly policy: string;
  readonly rule: number;
  readonly action: AuthorizationAction;
  readonly dryRun: boolean;
}

export const NO_ALLOW_POLICY: AuthorizationDecision = { allowed: true, because: "no_allow_policy" };
export const NO_MATCH: AuthorizationDecision = { allowed: false, because: "no_match" };
export const UNREADABLE_PATH: AuthorizationDecision = { allowed: false, because: "unreadable_path" };
