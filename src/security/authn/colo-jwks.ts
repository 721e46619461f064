/** JWKS in the data centre's cache, shared by its isolates. Where there is no cache, nothing is found. */
import { hexOf, sha256 } from "./bytes.ts";

export interface SharedJwks {
  readonly text: string;
  /** Epoch at which it was fetched. */
  readonly atMs: number;
}

/** Null when there is none. Never rejects. */
export async function readColoJwks(url: string): Promise<SharedJwks | null> {
  try {
    const cached = await coloCache().match(await keyOf(url));
    const value = cached === undefined ? null : ((await cached.json()) as Partial<SharedJwks> | null);
    if (typeof value?.text !== "string" || typeof value.atMs !== "number") return null;
    return { text: value.text, atMs: value.atMs };
  } catch {
    return null;
  }
}

/** Never rejects. */
export async function writeColoJwks(url: string, jwks: SharedJwks, { refreshMs }: { refreshMs: number }) {
  try {
    const headers = {
      "content-type": "application/json",
      "cache-control": `max-age=${Math.max(1, Math.round(refreshMs / 1_000))}`,
    };
    await coloCache().put(await keyOf(url), new Response(JSON.stringify(jwks), { headers }));
  } catch {
    // No cache here: every isolate asks for itself.
  }
}

/** Throws where there is none. */
function coloCache(): Pick<Cache, "match" | "put"> {
  return (caches as unknown as { readonly default: Cache }).default;
}

async function keyOf(url: string): Promise<string> {
  return `https://jwks.heddle.invalid/${hexOf(await sha256(url))}`;
}
