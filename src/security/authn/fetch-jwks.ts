import type { JwksSource } from "../../core/mesh.ts";
import { readBounded } from "./read-bounded.ts";

export type FetchedJwks = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** Asks for a JWKS, once: no redirects, nothing larger or later than the source allows. Never rejects. */
export async function fetchJwks({
  url,
  timeoutMs,
  maxBytes,
}: Extract<JwksSource, { type: "remote" }>): Promise<FetchedJwks> {
  try {
    const response = await fetch(url, {
      redirect: "manual",
      headers: { accept: "application/jwk-set+json, application/json" },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return { ok: false, why: `the JWKS server answers ${response.status}` };
    }
    const bytes = await readBounded(response.body, maxBytes);
    if (bytes === null) return { ok: false, why: `the JWKS has more than ${maxBytes} bytes` };
    return { ok: true, text: new TextDecoder().decode(bytes) };
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError";
    return { ok: false, why: isLate ? "the JWKS server is too slow" : "the JWKS server cannot be reached" };
  }
}
