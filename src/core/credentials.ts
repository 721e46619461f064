/** Header fields that are never written down, whoever asks: whoever reads them can be somebody else. */

const CREDENTIALS: ReadonlySet<string> = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "cf-access-jwt-assertion",
  "cf-access-client-secret",
  "x-api-key",
  "x-amz-security-token",
  "x-auth-token",
  "x-csrf-token",
  "x-goog-api-key",
  "x-heddle-debug",
  "x-honeycomb-team",
]);
const CREDENTIAL_WORD = /secret|password|token|api-?key|signature|session/;

/** Whether the field may never be written down. `name`: in lower case. */
export function isCredential(name: string): boolean {
  return CREDENTIALS.has(name) || CREDENTIAL_WORD.test(name);
}
