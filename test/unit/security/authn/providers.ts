/** Providers and callers for tests, with what most of them share. */
import type { JwtProvider } from "../../../../src/core/mesh.ts";
import type { Caller } from "../../../../src/security/authn/outcome.ts";
import { readBounded } from "../../../../src/security/authn/read-bounded.ts";

export const NOW_MS = Date.UTC(2026, 5, 1);

export function jwtProvider(over: Partial<JwtProvider> = {}): JwtProvider {
  return {
    type: "jwt",
    name: "idp",
    issuer: "",
    audiences: [],
    algorithms: ["ES256", "RS256", "EdDSA"],
    jwks: { type: "inline", keys: [] },
    clockSkewMs: 60_000,
    requiredClaims: [],
    requireExpiry: true,
    tokenType: "",
    maxTokenBytes: 8_192,
    from: [{ type: "header", name: "authorization", prefix: "Bearer " }],
    claimsToHeaders: [],
    forward: false,
    ...over,
  };
}

export interface TestCaller extends Caller {
  /** What was handed to `waitUntil`. */
  readonly waiting: Promise<unknown>[];
}

export function callerOf(
  headers: Record<string, string> = {},
  over: Partial<Caller> & { readonly url?: string; readonly init?: RequestInit } = {},
): TestCaller {
  const { url = "https://shop.example.com/cart?page=2", init, ...rest } = over;
  const { host, pathname, search } = new URL(url);
  const waiting: Promise<unknown>[] = [];
  const request = new Request(url, { headers, ...init });
  return {
    request,
    host,
    path: pathname,
    query: search,
    clientIp: "203.0.113.9",
    env: {},
    nowMs: NOW_MS,
    readBody: async (mostBytes) => {
      const bytes = await readBounded(request.body, mostBytes).catch(() => undefined);
      if (bytes === undefined) return { ok: false, why: "broken" };
      return bytes === null ? { ok: false, why: "too-large" } : { ok: true, bytes };
    },
    waitUntil: (promise) => waiting.push(promise),
    waiting,
    ...rest,
  };
}
