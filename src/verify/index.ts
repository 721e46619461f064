/** heddle/verify: an origin finds out whether a request is from the mesh. Node 20 or later, Deno, Bun, Workers. No dependencies. */
export type { HmacKeys, HmacVerifierOptions } from "./hmac-verifier.ts";
export { createHmacVerifier } from "./hmac-verifier.ts";
export type { NonceStore } from "./nonce-store.ts";
export { createNonceStore } from "./nonce-store.ts";
export type { ReceivedRequest } from "./received-request.ts";
export { receivedRequest } from "./received-request.ts";
export type { SignatureVerifierOptions } from "./signature-verifier.ts";
export { createSignatureVerifier } from "./signature-verifier.ts";
export type { Verdict, Verifier } from "./verdict.ts";
export type { Jwk, VerifyingKey } from "./verifying-key.ts";
