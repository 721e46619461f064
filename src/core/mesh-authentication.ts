/**
 * Who may be believed to be whom: providers of identity, and which of them a rule asks. Part of the mesh (mesh.ts); plain
 * data, every default resolved. Names follow Envoy's jwt_authn and ext_authz and Istio's RequestAuthentication.
 */

/** What a rule asks of its callers. A request without any credential is anonymous, one with a bad credential is refused. */
export interface Authenticate {
  /** Indices into Mesh.authentication.providers; the first that a request has a credential for names the principal. Empty: all are anonymous. */
  readonly providers: readonly number[];
  /** Anonymous requests are refused as well. */
  readonly required: boolean;
}

/** What providers share. */
export interface Authentication {
  /** May be asked by JWKS and authorizer URLs besides public https: "http", "private", "loopback". */
  readonly allow: readonly ("http" | "private" | "loopback")[];
  readonly providers: readonly AuthenticationProvider[];
  /**
   * Headers that providers say, lower case. What callers send under these names never passes, on any rule of the mesh: a rule
   * that asks nobody would else let through what a service believes because another rule says it.
   */
  readonly reservedHeaders: readonly string[];
}

export type AuthenticationProvider =
  | JwtProvider
  | ApiKeyProvider
  | HmacProvider
  | ClientCertificateProvider
  | BasicProvider
  | ExternalProvider;

interface Named {
  readonly name: string;
}

/** Where a credential is looked for. Names of headers in lower case. */
export type CredentialPlace =
  /** `prefix` is compared without regard to case and may be "". */
  | { readonly type: "header"; readonly name: string; readonly prefix: string }
  | { readonly type: "cookie"; readonly name: string }
  | { readonly type: "query"; readonly name: string };

export interface JwtProvider extends Named {
  /** access: a token of Cloudflare Access, which differs by the kind of its principal only. */
  readonly type: "jwt" | "access";
  /** Compared exactly; "" any, which only tests of signatures use. */
  readonly issuer: string;
  /** One of them has to be in `aud`; empty: not looked at. */
  readonly audiences: readonly string[];
  /** Never empty, never "none". */
  readonly algorithms: readonly string[];
  readonly jwks: JwksSource;
  readonly clockSkewMs: number;
  /** Claims that have to be there besides `exp`, `nbf` and `iat`, which are checked where present. */
  readonly requiredClaims: readonly string[];
  /** A token without `exp` is refused unless this is false. */
  readonly requireExpiry: boolean;
  /** What the header's `typ` has to be, without regard to case and to a leading "application/"; "" any. */
  readonly tokenType: string;
  /** Longer tokens are refused unread. */
  readonly maxTokenBytes: number;
  /** Tried in order. Never empty. */
  readonly from: readonly CredentialPlace[];
  readonly claimsToHeaders: readonly ClaimToHeader[];
  /** Whether endpoints see the token. */
  readonly forward: boolean;
}

export interface ClaimToHeader {
  /** Members on the way to it; of a nested claim more than one. */
  readonly claim: readonly string[];
  /** Lower case. What callers send under this name never passes. */
  readonly header: string;
}

export type JwksSource =
  | {
      readonly type: "remote";
      readonly url: string;
      /** Asked for again when older. */
      readonly refreshMs: number;
      /** Believed for so long when its server does not answer. */
      readonly keepMs: number;
      /** Never asked more often than this, whatever tokens say. */
      readonly minRefetchMs: number;
      readonly timeoutMs: number;
      readonly maxBytes: number;
    }
  /** The text of a JWKS with public keys. */
  | { readonly type: "inline"; readonly keys: readonly Readonly<Record<string, unknown>>[] }
  /** The name of a secret that holds a JWKS, which may have symmetric keys. */
  | { readonly type: "secret"; readonly secret: string };

export interface ApiKeyProvider extends Named {
  readonly type: "api-key";
  readonly from: readonly CredentialPlace[];
  /** From the config. */
  readonly keys: readonly ApiKey[];
  /** How keys that the control plane made are learnt; absent: there are none. */
  readonly issued?: IssuedKeysSource;
  readonly forward: boolean;
}

/** The object `API_KEYS` of the provider's name, through the data centre's cache. */
export interface IssuedKeysSource {
  /** Keys older than this are asked for again; a request that finds them twice as old waits for the answer. */
  readonly refreshMs: number;
  /** Believed for so long when the object does not answer. */
  readonly keepMs: number;
  readonly timeoutMs: number;
}

export interface ApiKey {
  readonly name: string;
  /** SHA-256 of the key, lower-case hex. */
  readonly sha256: string;
  readonly scopes: readonly string[];
  /** Epoch; 0 never. */
  readonly expiresAtMs: number;
}

export interface HmacProvider extends Named {
  readonly type: "hmac";
  readonly keys: readonly HmacKey[];
  /** How far a request's time may be from ours, either way. */
  readonly windowMs: number;
  /** Nonces remembered in an isolate; when it is full, the oldest requests are refused and not forgotten. */
  readonly maxNonces: number;
  /** How all isolates together take a request once; absent: each isolate by itself. */
  readonly nonces?: {
    readonly timeoutMs: number;
    /** What holds when the object that remembers does not answer in time. allow: what this isolate alone knows. */
    readonly onFailure: "refuse" | "allow";
  };
  /** signed: the body's digest is part of what is signed. ignored: it is not. */
  readonly body: "signed" | "ignored";
  readonly maxBodyBytes: number;
}

export interface HmacKey {
  readonly id: string;
  /** Name of the secret. */
  readonly secret: string;
  readonly scopes: readonly string[];
}

export interface ClientCertificateProvider extends Named {
  readonly type: "mtls";
  /** Issuer's distinguished name (RFC 2253), any of them; empty: not looked at. */
  readonly issuers: readonly string[];
  /** Subject's distinguished name (RFC 2253); "*" at an end stands for anything. Empty: not looked at. */
  readonly subjects: readonly string[];
  /** DNS names, URIs or addresses of the certificate; "*" at an end stands for anything. Empty: not looked at. */
  readonly subjectAltNames: readonly string[];
  /** SHA-256 in lower-case hex. Empty: not looked at. */
  readonly fingerprints: readonly string[];
}

export interface BasicProvider extends Named {
  readonly type: "basic";
  readonly realm: string;
  readonly users: readonly BasicUser[];
  readonly forward: boolean;
}

export interface BasicUser {
  readonly name: string;
  /** PBKDF2 with HMAC-SHA-256: iterations, salt and the 32 bytes, both in base64url. */
  readonly iterations: number;
  readonly salt: string;
  readonly hash: string;
}

/** Envoy's ext_authz over HTTP: asked about every request of the rule. */
export interface ExternalProvider extends Named {
  readonly type: "external";
  readonly url: string;
  /** Put before the request's path. */
  readonly pathPrefix: string;
  readonly timeoutMs: number;
  /** What holds when it does not answer, or with 5xx. */
  readonly onFailure: "refuse" | "allow";
  /** Headers of the request that it is sent, lower case. */
  readonly requestHeaders: readonly string[];
  /** Headers of its answer that go to the endpoint; what callers send under these names never passes. */
  readonly upstreamHeaders: readonly string[];
  /** Headers of its refusal that go to the caller. */
  readonly downstreamHeaders: readonly string[];
  /** Header of its answer that names the principal; "" none. */
  readonly principalHeader: string;
}
