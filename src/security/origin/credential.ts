/** What is put on every attempt's request before it leaves for an origin, so that the origin knows whom it is from. */

/** One attempt's request. Its headers are its own: credentials write to them. */
export interface OutgoingRequest {
  readonly method: string;
  /** Absolute, as it is fetched. */
  readonly url: string;
  readonly headers: Headers;
  readonly body: OutgoingBody;
  /** Epoch. */
  readonly nowMs: number;
}

export type OutgoingBody =
  | { readonly kind: "none" }
  | { readonly kind: "buffered"; readonly bytes: ArrayBuffer | Uint8Array }
  /** Sent once, as it comes: nobody can have its digest before. */
  | { readonly kind: "stream" };

/** Why a request could not be given its credential: no part of a secret is in it. */
export interface CredentialFault {
  readonly credential: string;
  readonly why: string;
}

/** A credential of the mesh as an isolate or an object runs it: keys imported once, tokens kept. */
export interface OriginCredential {
  readonly name: string;
  /**
   * Puts the credential on the request's headers. Null: done. At once where everything needed is in memory and no
   * signature is made; never rejects.
   */
  apply(request: OutgoingRequest): CredentialFault | null | Promise<CredentialFault | null>;
  /** What an operator has to see to, "" for nothing. */
  problem(): string;
}

/** What credentials are opened with. */
export interface CredentialContext {
  readonly secrets: SecretsOf;
  /** Keeps work going that no request waits for: a token that is renewed before it ends. */
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

/** Secrets by name. Null when there is none. Never throws, never rejects. At once once known. */
export type SecretsOf = (name: string) => string | null | Promise<string | null>;
