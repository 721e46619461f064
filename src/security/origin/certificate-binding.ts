/**
 * Bindings of the Worker that show a client certificate to whatever they are asked to fetch: `mtls_certificates` in
 * wrangler.toml. The key never enters the Worker.
 */

/** As the platform's fetch. */
export type FetchVia = (url: string, init: RequestInit) => Promise<Response>;

interface Fetcher {
  fetch(url: string, init: RequestInit): Promise<Response>;
}

/**
 * The fetch of a binding; null when the Worker has none of this name.
 *
 * - `env`: of the Worker. Its bindings may be used by every request.
 *
 * Never throws.
 */
export function fetchVia(env: object, name: string): FetchVia | null {
  const bound = Object.hasOwn(env, name) ? (env as Readonly<Record<string, unknown>>)[name] : null;
  return isFetcher(bound) ? (url, init) => bound.fetch(url, init) : null;
}

/** What an operator has to do about a binding that is not there. */
export function missingBinding(name: string): string {
  return `the Worker has no mTLS binding ${name}: add it to mtls_certificates in wrangler.toml and deploy`;
}

/** A binding is an object here and a function there, by the runtime. A namespace of objects has no fetch of its own. */
function isFetcher(bound: unknown): bound is Fetcher {
  if (bound === null || (typeof bound !== "object" && typeof bound !== "function")) return false;
  return "fetch" in bound && typeof bound.fetch === "function";
}
