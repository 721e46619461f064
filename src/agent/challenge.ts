/** The instance's part of a challenge: the registry asks its URL with a nonce, and it answers that, or an HMAC of it. */

export interface ChallengeOptions {
  readonly service: string;
  /** As in the mesh's config. Default "/.well-known/heddle-challenge". */
  readonly challengePath?: string;
  /** The key of HEDDLE_CHALLENGE_KEY: the answer is an HMAC. Default: it is the nonce. */
  readonly challengeKey?: string;
}

const NONCE = /^[0-9a-f]{16,64}$/;

/** The answer to a request for `url` (absolute, or a path); null when it is no challenge. */
export async function challengeResponse(
  { service, challengePath = "/.well-known/heddle-challenge", challengeKey }: ChallengeOptions,
  instance: string,
  url: string,
): Promise<Response | null> {
  if (!URL.canParse(url, "http://instance")) return null;
  const { pathname, searchParams } = new URL(url, "http://instance");
  const nonce = searchParams.get("nonce") ?? "";
  if (!pathname.endsWith(challengePath) || !NONCE.test(nonce)) return null;
  const body = challengeKey === undefined ? nonce : await hmac(challengeKey, `${service}\n${instance}\n${nonce}`);
  return new Response(body, { headers: { "content-type": "text/plain", "cache-control": "no-store" } });
}

async function hmac(key: string, text: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", encoder.encode(key), algorithm, false, ["sign"]);
  const signed = new Uint8Array(await crypto.subtle.sign("HMAC", imported, encoder.encode(text)));
  return Array.from(signed, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
