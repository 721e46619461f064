/**
 * Signed requests that all isolates together take once. This waits for a Durable Object, which nothing else on a request's way
 * does: providers ask for it by `nonces.scope: global`, for requests of which a second copy does more harm than the wait.
 */
import type { HmacProvider } from "../../core/mesh.ts";
import type { NonceCalls, TakeNonce, TakeNonceReply } from "../../core/nonces.ts";

interface Namespace {
  getByName(name: string): NonceCalls;
}

export const NO_NONCES = "there is no binding NONCES";

/** "away": there was no answer in time. Never rejects. */
export async function takeGlobally(
  env: Readonly<Record<string, unknown>>,
  { name, nonces }: HmacProvider,
  keyId: string,
  request: TakeNonce,
): Promise<TakeNonceReply | "away"> {
  const objects = env.NONCES as Namespace | undefined;
  if (objects === undefined || nonces === undefined) return "away";
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<"away">((resolve) => {
    timer = setTimeout(() => resolve("away"), nonces.timeoutMs);
  });
  try {
    return await Promise.race([objects.getByName(`${name}/${keyId}`).take(request), late]);
  } catch {
    return "away";
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}
