/** Whether the rate limits of a mesh can be counted, and guards refer to those that are there. The compiler made sure of the rest. */
import type { Guard, RateLimit, RateLimitCounting, RateLimitKeyPart } from "../../src/core/mesh.ts";

type Loose<T> = { readonly [K in keyof T]?: unknown };

const ALGORITHMS: readonly RateLimitCounting["type"][] = [
  "token-bucket",
  "sliding-window",
  "sliding-log",
  "quota",
  "concurrency",
];
const PARTS: readonly RateLimitKeyPart["type"][] = [
  "ip",
  "header",
  "cookie",
  "query",
  "claim",
  "principal",
  "country",
  "asn",
  "host",
  "method",
  "path",
  "route",
];
const SCOPES: readonly unknown[] = ["local", "colo", "global"];

/** True for limits of a kind that this version does not know, and for guards that refer to none. Absent is none. Never throws. */
export function isBrokenRateLimits(limits: unknown, guards: unknown): boolean {
  if (limits !== undefined && (!Array.isArray(limits) || limits.some(isBroken))) return true;
  const count = limits === undefined ? 0 : limits.length;
  if (guards === undefined) return false;
  return !Array.isArray(guards) || guards.some((guard) => refersAmiss(guard, count));
}

function refersAmiss(value: unknown, count: number): boolean {
  const { rateLimits } = (value ?? {}) as Loose<Guard>;
  if (rateLimits === undefined) return false;
  const isIndex = (index: unknown) => Number.isInteger(index) && Number(index) >= 0 && Number(index) < count;
  return !Array.isArray(rateLimits) || !rateLimits.every(isIndex);
}

function isBroken(value: unknown): boolean {
  const { name, counting, key, cost, scope } = (value ?? {}) as Loose<RateLimit>;
  if (typeof name !== "string" || !Array.isArray(key)) return true;
  const { type, limit, windowMs } = (counting ?? {}) as { type?: unknown; limit?: unknown; windowMs?: unknown };
  if (!ALGORITHMS.some((known) => known === type) || !isAmount(limit)) return true;
  if (windowMs !== undefined && !isAmount(windowMs)) return true;
  if (!SCOPES.includes(typeOf(scope)) || !["fixed", "header"].includes(String(typeOf(cost)))) return true;
  return key.some((part) => !PARTS.some((known) => known === typeOf(part)));
}

function typeOf(value: unknown): unknown {
  return (value as { readonly type?: unknown } | null)?.type;
}

function isAmount(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}
