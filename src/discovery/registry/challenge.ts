/**
 * Whether an instance is behind the URL that it registered: the registry asks it there with a nonce that only it was sent.
 * The answer is the nonce, which shows that the URL is under the instance's control as much as a page on it is; or an HMAC
 * of it, which shows that it knows the key too.
 */
import type { Challenge } from "../../core/mesh-discovery.ts";

export type Proof =
  | { readonly state: "not_needed" }
  /** `error`: of the last attempt; "" before the first. */
  | { readonly state: "pending"; readonly attempts: number; readonly dueMs: number; readonly error: string }
  | { readonly state: "passed"; readonly atMs: number };

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;

/** How long to wait after so many failed attempts, ≥ 1. */
export function challengeRetryMs(attempts: number): number {
  return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(10, attempts - 1));
}

/** Where an instance is asked. `url`: its own, checked. */
export function challengeUrl(url: string, { path }: Challenge, nonce: string): string {
  const asked = new URL(url.replace(/\/+$/, "") + path);
  asked.searchParams.set("nonce", nonce);
  return asked.href;
}

/** The right answer. `key`: of HEDDLE_CHALLENGE_KEY; not looked at where the nonce itself is the answer. */
export async function challengeAnswer(
  { answer }: Pick<Challenge, "answer">,
  { service, instance, nonce }: { readonly service: string; readonly instance: string; readonly nonce: string },
  key: string,
): Promise<string> {
  if (answer === "nonce") return nonce;
  const text = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", text.encode(key), algorithm, false, ["sign"]);
  const signed = await crypto.subtle.sign("HMAC", imported, text.encode(`${service}\n${instance}\n${nonce}`));
  return Array.from(new Uint8Array(signed), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
