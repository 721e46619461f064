/** What credentials are tried with. */
import type { OriginCredentialPlan } from "../../../../src/core/mesh-origins.ts";
import type { Applied, OriginCredential, OutgoingBody } from "../../../../src/security/origin/credential.ts";
import { openCredentials } from "../../../../src/security/origin/open.ts";

export const NOW_MS = 1_900_000_000_500;
const NONE: OutgoingBody = { kind: "none" };

export interface Sent {
  readonly applied: Applied;
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
}

/** Opens one credential over secrets by name; one that is not there is absent. */
export function opened(plan: OriginCredentialPlan, secrets: Readonly<Record<string, string>>): OriginCredential {
  return openCredentials([plan], { secrets: (name) => secrets[name] ?? null }, null).of[0]!;
}

/** A request as it leaves, with what a downstream may not say withheld. */
export async function sent(
  credential: OriginCredential,
  {
    method = "GET",
    url = "https://origin.example.com/a/b?c=d",
    headers = {},
    body = NONE,
  }: { method?: string; url?: string; headers?: Record<string, string>; body?: OutgoingBody } = {},
): Promise<Sent> {
  const request = { method, url, headers: new Headers(headers), body, nowMs: NOW_MS, ctx: { waitUntil: () => {} } };
  credential.withhold(request.headers);
  const applied = await credential.apply(request);
  return { applied, method, url: request.url, headers: request.headers };
}

export function buffered(text: string): OutgoingBody {
  return { kind: "buffered", bytes: new TextEncoder().encode(text) };
}
