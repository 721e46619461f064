/** Asks an instance on its URL for the answer to a challenge. */

import type { Challenge } from "../../src/core/mesh-discovery.ts";
import { challengeAnswer, challengeUrl } from "../../src/discovery/registry/challenge.ts";
import type { Instance } from "../../src/discovery/registry/instance.ts";
import { isSameText } from "../../src/security/same-text.ts";

/** A right answer is shorter; the rest of a longer one is not read. */
const MAX_ANSWER_BYTES = 256;

/** "" for the right answer, else what was wrong. Never rejects; takes the challenge's timeout at most. */
export async function askChallenge(
  service: string,
  { endpoint }: Instance,
  challenge: Challenge,
  key: string,
): Promise<string> {
  if (challenge.answer === "hmac" && key === "") return "the control plane has no HEDDLE_CHALLENGE_KEY";
  const nonce = crypto.randomUUID().replaceAll("-", "");
  try {
    const url = challengeUrl(endpoint.origin + endpoint.basePath, challenge, nonce);
    // Redirects could lead to where the URL itself must not.
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(challenge.timeoutMs) });
    if (response.status !== 200) {
      await response.body?.cancel();
      return `answered ${response.status}`;
    }
    const given = await firstBytes(response);
    const wanted = await challengeAnswer(challenge, { service, instance: endpoint.id, nonce }, key);
    return isSameText(given.trim(), wanted) ? "" : "gave the wrong answer";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function firstBytes(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  for (let bytes = 0; bytes <= MAX_ANSWER_BYTES; ) {
    const { done, value } = await reader.read();
    if (done) return text;
    bytes += value.byteLength;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}
