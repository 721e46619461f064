/**
 * Who may do what: authorization policies, and which of them hold for a rule. Part of the mesh (mesh.ts); plain data, every
 * default resolved. The model and the notation of values are those of Istio's AuthorizationPolicy.
 */

/** What a rule asks of its requests once it is known who sent them. */
export interface Authorize {
  /** Indices into Mesh.authorization.policies: those of the mesh, of the route and of the rule. Never empty. */
  readonly policies: readonly number[];
}

export interface Authorization {
  /** strict: a path that origins may read in several ways has to be allowed in each of them. literal: as it is forwarded. */
  readonly ambiguousPaths: "strict" | "literal";
  /** Distinct policies. */
  readonly policies: readonly AuthorizationPolicy[];
}

/**
 * CUSTOM asks an external authorizer, DENY refuses, ALLOW admits, AUDIT is written to the log; in this order. Where there is
 * an ALLOW policy, one has to match.
 */
export type AuthorizationAction = "CUSTOM" | "DENY" | "ALLOW" | "AUDIT";

export interface AuthorizationPolicy {
  /** For logs and `explain`. */
  readonly name: string;
  readonly action: AuthorizationAction;
  /** Of CUSTOM: index into Mesh.authentication.providers. */
  readonly provider?: number;
  /** Decides nothing; what it would have decided is written to the log. */
  readonly dryRun?: true;
  /** Any of them. Empty: it never matches. */
  readonly rules: readonly AuthorizationRule[];
}

/** All three. One that is absent holds for every request. */
export interface AuthorizationRule {
  /** Any of them, and there all tests. Never empty. */
  readonly from?: readonly (readonly AttributeTest[])[];
  /** Any of them, and there all tests. Never empty. */
  readonly to?: readonly (readonly AttributeTest[])[];
  /** All of them. */
  readonly when?: readonly AttributeTest[];
}

/** What of a request, or of what is known of its sender, is looked at. */
export type Attribute =
  /** Names of the client certificate: its subject and its subject alternative names, "spiffe://" left out. */
  | "principal"
  /** `<issuer>/<subject>` of a token; `<kind>/<id>` of another credential. */
  | "requestPrincipal"
  /** By `claim`. */
  | "claim"
  /** The downstream's address; values are addresses and CIDR blocks. */
  | "ip"
  /** As Cloudflare says: ISO 3166-1 alpha-2, autonomous system number, airport code. Upper case. */
  | "country"
  | "asn"
  | "colo"
  /** Without port; values in lower case. */
  | "host"
  | "method"
  /** In normal form; values may be templates. */
  | "path"
  | "port"
  /** By `name`, in lower case. */
  | "header"
  /** By `name`, decoded. */
  | "query"
  /** The server name of TLS. */
  | "sni";

/**
 * Fits when one of the values does. A value is a text, or with "*": any (`*`), what ends (`*abc`) or begins like it (`abc*`).
 */
export interface AttributeTest {
  readonly attribute: Attribute;
  readonly name?: string;
  /** Members on the way to it. */
  readonly claim?: readonly string[];
  /** Never empty. */
  readonly values: readonly string[];
  /** Fits when none of the values does, which includes that there is nothing to look at. */
  readonly invert?: true;
}
