import { describe, expect, it } from "vitest";
import { challengeAnswer, challengeRetryMs, challengeUrl } from "../../../../src/discovery/registry/challenge.ts";
import { isReady, loadOf, onChallenged, onHeartbeat, onRegister } from "../../../../src/discovery/registry/instance.ts";
import { REGISTRATION_SETTINGS } from "../../../fixtures/discovery.ts";
import { endpointOf } from "../../../fixtures/meshes.ts";

const CHALLENGE = { path: "/proof", answer: "nonce", timeoutMs: 3_000 } as const;
const CHALLENGED = { ...REGISTRATION_SETTINGS, challenge: CHALLENGE };
const request = (origin: string, ttlMs: number | null = null) => ({
  endpoint: endpointOf("a", origin),
  ttlMs,
  ready: true,
  load: -1,
});

describe("an instance", () => {
  it.each([
    [null, 15_000],
    [1, 1_000],
    [20_000, 20_000],
    [9e9, 300_000],
  ])("that asks for a ttl of %s gets %s", (asked, given) => {
    expect(onRegister(null, request("https://a.example", asked), "l", REGISTRATION_SETTINGS, 0).ttlMs).toBe(given);
  });

  it("is ready when it says so and has proven its URL", () => {
    const fresh = onRegister(null, request("https://a.example"), "l1", CHALLENGED, 0);
    expect(isReady(fresh)).toBe(false);
    const failed = onChallenged(fresh, "answered 404", 1_000);
    expect(failed.proof).toEqual({ state: "pending", attempts: 1, dueMs: 2_000, error: "answered 404" });
    const passed = onChallenged(failed, "", 2_000);
    expect(isReady(passed)).toBe(true);
    expect(isReady(onHeartbeat(passed, { ready: false }, 3_000))).toBe(false);
  });

  it("keeps its proof when it registers again with the same address, and loses it with another", () => {
    const passed = onChallenged(onRegister(null, request("https://a.example"), "l1", CHALLENGED, 0), "", 0);
    expect(isReady(onRegister(passed, request("https://a.example"), "l2", CHALLENGED, 1))).toBe(true);
    expect(isReady(onRegister(passed, request("https://b.example"), "l2", CHALLENGED, 1))).toBe(false);
  });

  it("has a load for as long as it is told", () => {
    const busy = onHeartbeat(
      onRegister(null, request("https://a.example"), "l", REGISTRATION_SETTINGS, 0),
      { load: 0.9 },
      5_000,
    );
    expect([loadOf(busy, 35_000), loadOf(busy, 35_001)]).toEqual([0.9, -1]);
    expect(onHeartbeat(busy, {}, 10_000)).toMatchObject({ heartbeatAtMs: 10_000, load: 0.9, loadAtMs: 5_000 });
  });
});

describe("a challenge", () => {
  it("is asked below the instance's URL", () => {
    expect(challengeUrl("https://a.example/base", CHALLENGE, "abc")).toBe("https://a.example/base/proof?nonce=abc");
  });

  it("is tried again after a second, then ever later", () => {
    expect([1, 2, 3, 7, 100].map(challengeRetryMs)).toEqual([1_000, 2_000, 4_000, 60_000, 60_000]);
  });

  it("is answered by the nonce, or by an HMAC of service, instance and nonce", async () => {
    const asked = { service: "shop", instance: "a.example-8443", nonce: "0123456789abcdef" };
    expect(await challengeAnswer({ answer: "nonce" }, asked, "")).toBe(asked.nonce);
    // printf 'shop\na.example-8443\n0123456789abcdef' | openssl dgst -sha256 -hmac key
    expect(await challengeAnswer({ answer: "hmac" }, asked, "key")).toBe(
      "be4addf910975005f1ee4783dbed8a16089103c4eed9aa55be0386c55c1ef661",
    );
  });
});
