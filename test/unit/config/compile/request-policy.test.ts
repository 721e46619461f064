import { describe, expect, it } from "vitest";
import { type Overrides, requestPolicy } from "../../../../src/config/compile/request-policy.ts";
import { decodeConfig } from "../../../../src/config/decode.ts";
import type { MeshConfigInput } from "../../../../src/config/define-mesh.ts";

type ServiceInput = Partial<MeshConfigInput["services"][string]>;

function policy(service: ServiceInput = {}, overrides: Overrides = {}) {
  const shop = { endpoints: [{ id: "a", url: "http://a" }], ...service };
  const rules = [{ backendRefs: [{ service: "shop" }], ...overrides }];
  const decoded = decodeConfig({ services: { shop }, routes: [{ rules }] });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return requestPolicy(decoded.config.services.shop!, decoded.config.routes[0]!.rules[0]!);
}

const attempt = (...input: Parameters<typeof policy>) => {
  const { requestTimeoutMs, attemptTimeoutMs, attemptTimeoutMinMs, attemptTimeoutMaxMs } = policy(...input);
  return [requestTimeoutMs, attemptTimeoutMs, attemptTimeoutMinMs, attemptTimeoutMaxMs];
};

describe("a request policy", () => {
  it("has the defaults that the reference names", () => {
    expect(policy()).toEqual({
      requestTimeoutMs: 15_000,
      attemptTimeoutMs: 0,
      attemptTimeoutMinMs: 1_500,
      attemptTimeoutMaxMs: 2_000,
      retry: {
        attempts: 2,
        codes: [500, 502, 503, 504],
        onConnectFailure: true,
        onReset: true,
        onTimeout: true,
        methods: ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"],
        idempotencyKey: true,
        backoffBaseMs: 25,
        backoffMaxMs: 250,
        retryAfterMaxMs: 1_000,
        bufferBytes: 65_536,
      },
      hedge: null,
    });
  });

  it("applies a rule's overrides field by field", () => {
    const service: ServiceInput = {
      timeouts: { request: "5s", backendRequest: "2s" },
      retry: { attempts: 3, codes: [503] },
    };
    expect(policy(service, { timeouts: { backendRequest: "1s" }, retry: { attempts: 0 } })).toMatchObject({
      requestTimeoutMs: 5_000,
      attemptTimeoutMs: 1_000,
      retry: { attempts: 0, codes: [503] },
    });
  });

  it.each([
    [
      "no limit on an attempt but the request's",
      { timeouts: { backendRequest: "0s" } },
      {},
      [15_000, 15_000, 1_500, 2_000],
    ],
    ["no limit at all", { timeouts: { request: "0s", backendRequest: "0s" } }, {}, [0, 86_400_000, 1_500, 2_000]],
    [
      "an attempt cut to a rule's shorter request",
      { timeouts: { backendRequest: "2s" } },
      { timeouts: { request: "1s" } },
      [1_000, 1_000, 1_000, 1_000],
    ],
    ["adaptive bounds", { timeouts: { adaptive: { min: "100ms", max: "300ms" } } }, {}, [15_000, 0, 100, 300]],
    ["a lower bound that moves the upper", { timeouts: { adaptive: { min: "3s" } } }, {}, [15_000, 0, 3_000, 3_000]],
    ["an upper bound that moves the lower", { timeouts: { adaptive: { max: "1s" } } }, {}, [15_000, 0, 1_000, 1_000]],
    [
      "adaptive bounds of a rule",
      { timeouts: { adaptive: { max: "1s" } } },
      { timeouts: { adaptive: { min: "500ms" } } },
      [15_000, 0, 500, 2_000],
    ],
  ] as const)("has timeouts with %s", (_, service, overrides, expected) => {
    expect(attempt(service, overrides)).toEqual(expected);
  });

  it.each([
    ["ten times the base", { backoff: "50ms" }, {}, [50, 500]],
    ["a stated maximum", { backoff: "50ms", backoffMax: "60ms" }, {}, [50, 60]],
    ["a maximum that moves the base", { backoffMax: "10ms" }, {}, [10, 10]],
    ["a rule's base without the service's maximum", { backoffMax: "60ms" }, { backoff: "1s" }, [1_000, 10_000]],
    ["a rule's maximum over the service's base", { backoff: "50ms" }, { backoffMax: "5s" }, [50, 5_000]],
  ])("backs off up to %s", (_, retry, override, [base, max]) => {
    expect(policy({ retry }, { retry: override }).retry).toMatchObject({ backoffBaseMs: base, backoffMaxMs: max });
  });

  const on = { percentile: 95, minDelayMs: 10, budgetPercent: 5 };

  it.each([
    ["where the service asks", { hedge: {} }, {}, on],
    ["not where it says no", { hedge: { enabled: false } }, {}, null],
    ["where a rule asks", {}, { hedge: { percentile: 99 } }, { ...on, percentile: 99 }],
    [
      "where a rule asks and the service does not",
      { hedge: { enabled: false, budgetPercent: 1 } },
      { hedge: {} },
      { ...on, budgetPercent: 1 },
    ],
    ["not where a rule says no", { hedge: {} }, { hedge: { enabled: false } }, null],
  ])("hedges %s", (_, service, overrides, expected) => {
    expect(policy(service, overrides).hedge).toEqual(expected);
  });

  it("spells out classes of codes", () => {
    const { retry } = policy({ retry: { codes: [503, "5xx", 429] } });
    expect([retry.codes.length, retry.codes[0], retry.codes[1], retry.codes.at(-1)]).toEqual([101, 429, 500, 599]);
  });

  it("lists codes and methods once", () => {
    const { retry } = policy({ retry: { codes: [504, 500, 504], methods: ["PUT", "GET", "PUT"] } });
    expect([retry.codes, retry.methods]).toEqual([
      [500, 504],
      ["PUT", "GET"],
    ]);
  });
});
