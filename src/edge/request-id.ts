/** What a request id from outside may look like; anything else is replaced, so that it cannot forge log lines. */
const ACCEPTABLE = /^[A-Za-z0-9._:-]{1,128}$/;

/** The id by which a request is found again: the downstream's, Cloudflare's, or a new one. Never throws. */
export function requestIdOf(headers: Headers): string {
  return givenRequestId(headers) ?? crypto.randomUUID();
}

/** The id that came with the request; null when none did that can be used. Never throws. */
export function givenRequestId(headers: Headers): string | null {
  const given = headers.get("x-request-id") ?? headers.get("cf-ray");
  return given !== null && ACCEPTABLE.test(given) ? given : null;
}
