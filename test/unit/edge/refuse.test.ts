import { describe, expect, it } from "vitest";
import type { Refusal } from "../../../src/core/refusal.ts";
import { refuse } from "../../../src/edge/refuse.ts";

const cases: [Refusal, number, string][] = [
  [{ reason: "no_route" }, 404, "NR"],
  [{ reason: "no_backend", route: "secret-route" }, 500, "NR"],
  [{ reason: "no_healthy_endpoint", service: "secret-service" }, 503, "UH"],
  [{ reason: "overflow", service: "secret-service", limit: "maxRequests", retryAfterMs: 1_500 }, 503, "UO"],
  [{ reason: "shed", service: "secret-service", requestClass: "batch", retryAfterMs: 1_000 }, 503, "UO"],
  [{ reason: "request_timeout", service: "secret-service", timeoutMs: 9, attempts: 1 }, 504, "UT"],
  [{ reason: "upstream_timeout", service: "secret-service", timeoutMs: 9, attempts: 1 }, 504, "UT"],
  [{ reason: "upstream_connect_failure", service: "secret-service", attempts: 3 }, 503, "UF"],
  [{ reason: "upstream_reset", service: "secret-service", attempts: 1 }, 502, "UC"],
  [{ reason: "loop", hops: 3 }, 508, "LR"],
];

describe("refuse", () => {
  it.each(cases)(
    "answers %j with status %i and flag %s, and tells nothing of what lies behind",
    async (refusal, status, flag) => {
      const response = refuse(refusal, "req-1", false);
      expect(response.status).toBe(status);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(response.headers.get("x-heddle-flags")).toBe(flag);
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({ status, flag, requestId: "req-1" });
      expect(text).not.toContain("secret");
    },
  );

  it("rounds Retry-After up to whole seconds", () => {
    const refusal: Refusal = { reason: "overflow", service: "s", limit: "maxRequests", retryAfterMs: 1_500 };
    expect(refuse(refusal, "r", false).headers.get("retry-after")).toBe("2");
  });

  it("says that retries were used up", () => {
    const refusal: Refusal = { reason: "upstream_connect_failure", service: "s", attempts: 3 };
    expect(refuse(refusal, "r", true).headers.get("x-heddle-flags")).toBe("URX,UF");
  });
});
