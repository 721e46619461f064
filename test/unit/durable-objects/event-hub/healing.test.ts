import { describe, expect, it } from "vitest";
import { mayHeal, noteCall } from "../../../../durable-objects/event-hub/healing.ts";
import { NEW_TARGET } from "../../../../durable-objects/event-hub/notice-store.ts";
import type { HealingHook } from "../../../../src/core/mesh-notifications.ts";
import { healTarget } from "../../../../src/telemetry/events/target.ts";
import { ejection } from "../../telemetry/events/sample-events.ts";

const hook: HealingHook = {
  name: "restart",
  on: "ejected",
  url: "https://hooks.example.com",
  urlFrom: "",
  secret: "",
  afterMs: 0,
  cooldownMs: 600_000,
  maxPerHour: 2,
  dryRun: false,
};

const target = (own: Partial<HealingHook> = {}) =>
  healTarget("shop", { ...hook, ...own }) as Extract<ReturnType<typeof healTarget>, { kind: "heal" }>;

describe("a hook that heals", () => {
  it("is called once in its cooldown for an endpoint, and not too often in an hour", () => {
    const [aws, gcp, oci] = ["aws", "gcp", "oci"].map((endpoint) =>
      ejection({ endpoint, key: `ejection/shop/${endpoint}` }),
    );
    const result = (state: typeof NEW_TARGET, event: typeof aws, nowMs: number) =>
      mayHeal(target(), state, event!, nowMs)?.cause.result ?? "may";
    expect(result(NEW_TARGET, aws, 0)).toBe("may");
    const one = noteCall(NEW_TARGET, aws!.key, hook, 0);
    expect(result(one, aws, 599_999)).toBe("cooldown");
    expect(result(one, aws, 600_000)).toBe("may");
    expect(result(one, gcp, 1)).toBe("may");
    const two = noteCall(one, gcp!.key, hook, 1);
    expect(result(two, oci, 2)).toBe("limit");
    expect(result(two, oci, 3_600_001)).toBe("may");
  });

  it("in a dry run only says what it would do", () => {
    expect(mayHeal(target({ dryRun: true }), NEW_TARGET, ejection(), 0)).toMatchObject({
      summary: "hook restart would be called for aws of shop (dry run)",
      cause: { result: "dry-run" },
    });
  });
});
