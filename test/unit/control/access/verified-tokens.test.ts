import { describe, expect, it } from "vitest";
import { BOOTSTRAP } from "../../../../workers/control/access/caller.ts";
import {
  onRevoked,
  onVerified,
  VERIFIED_MS,
  verifiedCaller,
} from "../../../../workers/control/access/verified-tokens.ts";

const holder = (key: string, expiresAtMs: number | null = null) => ({ ...BOOTSTRAP, key, expiresAtMs });

describe("verified tokens", () => {
  it("are known for a few seconds, and not a moment beyond their expiry", () => {
    onVerified("a", holder("token/a"), 1_000);
    expect(verifiedCaller("a", 1_000 + VERIFIED_MS - 1)?.key).toBe("token/a");
    expect(verifiedCaller("a", 1_000 + VERIFIED_MS)).toBeNull();
    onVerified("b", holder("token/b", 2_000), 1_000);
    expect([verifiedCaller("b", 1_999)?.key, verifiedCaller("b", 2_000)]).toEqual(["token/b", null]);
  });

  it("are forgotten at once when they are revoked", () => {
    onVerified("c", holder("token/c"), 0);
    onRevoked("token/c");
    expect(verifiedCaller("c", 1)).toBeNull();
  });

  it("are bounded: the oldest go first", () => {
    for (let i = 0; i < 1_500; i++) onVerified(`many-${i}`, holder(`token/${i}`), 0);
    expect([verifiedCaller("many-0", 1), verifiedCaller("many-1499", 1)?.key]).toEqual([null, "token/1499"]);
  });
});
