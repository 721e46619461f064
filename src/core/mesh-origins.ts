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

/** An ID token that Google gives for a service account's signed word: Cloud Run, IAP. */
export interface GoogleIdTokenPlan {
  readonly type: "google-id-token";
  /** The JSON key file of the service account. */
  readonly serviceAccountKey: SecretRef;
  readonly audience: string;
  /** Where tokens are asked for. Default https://oauth2.googleapis.com/token. */
  readonly tokenUrl: string;
  /** Header that takes `Bearer <token>`; IAP and Cloud Run also take "x-serverless-authorization". Lower case. */
  readonly header: string;
}

/** RFC 6749 §4.4. Azure: https://login.microsoftonline.com/<tenant>/oauth2/v2.0/token with the scope `<app>/.default`. */
export interface ClientCredentialsPlan {
  readonly type: "client-credentials";
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: SecretRef;
  /** How the client says who it is. */
  readonly clientAuth: "basic" | "post" | "private-key-jwt";
  readonly scope: string;
  readonly audience: string;
  readonly resource: string;
  readonly header: string;
}

/** What is done about endpoints whose URL is http. */
export type Plaintext =
  /** None is asked. */
  | "refuse"
  /** Only those of the machine itself and of private networks are asked. */
  | "private"
  /** They are asked by https, on the same port unless that is 80. */
  | "upgrade"
  | "allow";
