/** Who a request is from, as far as that was proven. */

export type PrincipalKind = "anonymous" | "jwt" | "api-key" | "hmac" | "mtls" | "access" | "basic" | "external";

export interface Principal {
  readonly kind: PrincipalKind;
  /**
   * "" for nobody. Of a token `<issuer>/<subject>`, which is Istio's requestPrincipal; of a key its name, of a certificate the
   * subject's distinguished name, of a basic credential the user.
   */
  readonly id: string;
  /** What its credential says of it: a token's claims; for other kinds what the README of src/security/authn lists. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Names of the providers whose credentials the request brought; all were good. The first one's is the principal. */
  readonly presented: readonly string[];
}

/** A request without credentials. */
export const ANONYMOUS: Principal = { kind: "anonymous", id: "", claims: {}, presented: [] };
