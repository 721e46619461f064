/** What is put on every attempt's request before it leaves for an origin, so that the origin knows whom it is from. */

/** One attempt's request. Its headers are its own: credentials write to them. */
export interface OutgoingRequest {
  readonly method: string;
  /** Absolute, as it is fetched. A credential may spell its query in another way that means the same. */
  url: string;
  readonly headers: Headers;
  readonly body: OutgoingBody;
  /** Epoch. */
  readonly nowMs: number;
  /** Keeps work going that no request waits for, such as a token that is renewed before it ends. */
  readonly ctx: WaitUntil;
}

export type OutgoingBody =
  | { readonly kind: "none" }
  | { readonly kind: "buffered"; readonly bytes: ArrayBuffer | Uint8Array }
  /** Sent once, as it comes: nobody can have its digest before. */
  | { readonly kind: "stream" };

/** Of the request that is under way: what one request began, another one's context must not be asked to keep. */
export interface WaitUntil {
  waitUntil(promise: Promise<unknown>): void;
}

/** Why a request could not be given its credential. No part of a secret is in it. */
export interface CredentialFault {
  readonly credential: string;
  readonly why: string;
  /** `ours`: a key or a token is not to be had here. `body`: this request's body cannot be signed. */
  readonly of: "ours" | "body";
}

/** Null: done. */
export type Applied = CredentialFault | null;

/** A credential of the mesh as an isolate or an object runs it: keys imported once, tokens kept. */
export interface OriginCredential {
  readonly name: string;
  /** Up to this many bytes of a body have to be in memory to be signed; 0: the body does not matter. */
  readonly bodyBytes: number;
  /** Takes away what only this credential may say to the origin, whoever said it. Never throws. */
  withhold(headers: Headers): void;
  /**
   * Puts the credential on the request's headers. At once where everything needed is in memory and no signature is made;
   * never rejects.
   */
  apply(request: OutgoingRequest): Applied | Promise<Applied>;
  /**
   * The origin answered 401 to a request that was sent at `sentAtMs`: what was taken for good may have been taken back. Absent:
   * there is nothing to be learnt from that. Never throws, never waits.
   */
  onUnauthorized?(sentAtMs: number, nowMs: number, ctx: WaitUntil): void;
  /** What an operator has to see to, "" for nothing. */
  problem(): string;
}

/** What credentials are opened with. */
export interface CredentialContext {
  readonly secrets: SecretsOf;
}

/** Secrets by name. Null when there is none. Never throws, never rejects. At once once known. */
export type SecretsOf = (name: string) => string | null | Promise<string | null>;
