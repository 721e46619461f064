/**
 * How the mesh proves to origins who it is. Part of the mesh (mesh.ts); plain data, every default resolved. Secrets are named
 * here and never held. Services and endpoints refer to credentials by index into Mesh.credentials.
 */

/** Name of a Worker secret or of a Secrets Store binding. */
export interface SecretRef {
  readonly secret: string;
}

export type OriginCredentialPlan = { readonly name: string } & (
  | SecretHeadersPlan
  | HmacPlan
  | MessageSignaturePlan
  | AwsSigV4Plan
  | GoogleIdTokenPlan
  | ClientCredentialsPlan
);

/** Headers whose values are secrets, with what stands before them ("Bearer "). Names in lower case. */
export interface SecretHeadersPlan {
  readonly type: "headers";
  readonly headers: readonly (readonly [name: string, prefix: string, value: SecretRef])[];
}

/** The scheme that src/security/authn/README.md describes for requests that come in. */
export interface HmacPlan {
  readonly type: "hmac";
  readonly keyId: string;
  readonly key: SecretRef;
  /** Whether the body's digest is signed. Bodies over `maxBodyBytes` end the attempt before it is sent. */
  readonly signsBody: boolean;
  readonly maxBodyBytes: number;
}

/** Of RFC 9421's registry. */
export const SIGNATURE_ALGORITHMS = [
  "ecdsa-p256-sha256",
  "ecdsa-p384-sha384",
  "ed25519",
  "rsa-pss-sha512",
  "rsa-v1_5-sha256",
  "hmac-sha256",
] as const;

export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

/** RFC 9421, with the Content-Digest of RFC 9530. */
export interface MessageSignaturePlan {
  readonly type: "message-signature";
  readonly keyId: string;
  readonly algorithm: SignatureAlgorithm;
  /** PKCS#8 in PEM, or a JWK; for HMAC the text itself. */
  readonly key: SecretRef;
  /**
   * Derived components ("@method") and fields in lower case, in the order in which they are signed; fields that a request does
   * not have are left out. Written as in src/core/http-signature/component.ts.
   */
  readonly components: readonly string[];
  readonly label: string;
  /** "" none. */
  readonly tag: string;
  /** `expires` after `created`; 0 none. */
  readonly ttlMs: number;
  readonly contentDigest: boolean;
  readonly maxBodyBytes: number;
}

export interface AwsSigV4Plan {
  readonly type: "aws-sigv4";
  readonly region: string;
  /** "lambda", "execute-api", "s3" … */
  readonly service: string;
  readonly accessKeyId: SecretRef;
  readonly secretAccessKey: SecretRef;
  readonly sessionToken: SecretRef | null;
  /** signed: the body's digest; bodies over `maxBodyBytes` end the attempt before it is sent. unsigned: UNSIGNED-PAYLOAD. */
  readonly payload: "signed" | "unsigned";
  /** Of x-amz-…, what downstreams may send; "*" at the end for any. */
  readonly passHeaders: readonly string[];
  readonly maxBodyBytes: number;
}

/** What tokens of all kinds have. */
export interface TokenPlan {
  /** Where tokens are asked for. */
  readonly tokenUrl: string;
  /** What that URL may have besides https and a public host. */
  readonly allow: readonly ("http" | "private" | "loopback")[];
  /** Header that takes `Bearer <token>`. Lower case. */
  readonly header: string;
}

/** An ID token that Google gives for a service account's signed word: Cloud Run, IAP. */
export interface GoogleIdTokenPlan extends TokenPlan {
  readonly type: "google-id-token";
  /** The JSON key file of the service account. */
  readonly serviceAccountKey: SecretRef;
  readonly audience: string;
}

/** RFC 6749 §4.4. Azure: https://login.microsoftonline.com/<tenant>/oauth2/v2.0/token with the scope `<app>/.default`. */
export interface ClientCredentialsPlan extends TokenPlan {
  readonly type: "client-credentials";
  readonly clientId: string;
  readonly client: ClientAuthentication;
  /** "" for none, as in the next two. */
  readonly scope: string;
  readonly audience: string;
  /** RFC 8707. */
  readonly resource: string;
}

/** How a client says who it is at the token endpoint. */
export type ClientAuthentication =
  /** RFC 6749 §2.3.1: in the Authorization header, or in the body. */
  | { readonly type: "basic" | "post"; readonly secret: SecretRef }
  /** RFC 7523 §2.2: a signed word. */
  | {
      readonly type: "private-key-jwt";
      readonly key: SecretRef;
      readonly algorithm: AssertionAlgorithm;
      /** "" for none, as in the next. */
      readonly keyId: string;
      /** SHA-256 of the certificate, base64url: how Azure finds the key. */
      readonly thumbprint: string;
      /** Whom the word is for. */
      readonly audience: string;
    };

export const ASSERTION_ALGORITHMS = ["RS256", "PS256", "ES256", "ES384"] as const;

export type AssertionAlgorithm = (typeof ASSERTION_ALGORITHMS)[number];

/** What is done about endpoints whose URL is http. */
export type Plaintext =
  /** None is asked. */
  | "refuse"
  /** Only those of the machine itself and of private networks are asked. */
  | "private"
  /** They are asked by https, on the same port unless that is 80. */
  | "upgrade"
  | "allow";
