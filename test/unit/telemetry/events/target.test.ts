import { describe, expect, it } from "vitest";
import type { HealingHook, NotificationTarget } from "../../../../src/core/mesh-notifications.ts";
import { healTarget, notifyTarget, targetKey, wants } from "../../../../src/telemetry/events/target.ts";
import { ejection, recovery } from "./sample-events.ts";

const settings: NotificationTarget = {
  name: "hook",
  type: "webhook",
  url: "https://hooks.example.com",
  urlFrom: "",
  secret: "",
  events: [],
  severity: "warning",
  services: [],
  holdMs: 0,
  clearMs: 0,
  flaps: 0,
  flapWindowMs: 1_000,
  maxPerMinute: 10,
};
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

describe("a target", () => {
  it.each([
    ["what is bad enough", {}, {}, true],
    ["nothing that is less bad", { severity: "critical" }, {}, false],
    ["the types that it names", { events: ["slo"] }, {}, false],
    ["the services that it names", { services: ["cart"] }, {}, false],
    ["its service", { services: ["shop"] }, {}, true],
    ["nothing about no service, where it names some", { services: ["shop"] }, { service: null }, false],
    ["nothing about itself", {}, { key: targetKey("hook") }, false],
  ] as const)("hears %s", (_, own, event, hears) => {
    expect(wants(notifyTarget({ ...settings, ...own }), ejection(event))).toBe(hears);
  });
});

describe("a hook that heals", () => {
  const target = (own: Partial<HealingHook> = {}) =>
    healTarget("shop", { ...hook, ...own }) as Extract<ReturnType<typeof healTarget>, { kind: "heal" }>;

  it.each([
    ["ejected", ejection(), true],
    ["ejected", recovery(), false],
    ["ejected", ejection({ service: "cart" }), false],
    ["ejected", ejection({ key: "health/shop/aws", type: "check" }), false],
    ["unhealthy", ejection({ key: "health/shop/aws", type: "check" }), true],
    ["down", ejection({ key: "failover/shop", type: "failover", severity: "critical" }), true],
    ["down", ejection({ key: "failover/shop", type: "failover", severity: "warning" }), false],
  ] as const)("on %s hears what it is for", (on, event, hears) => {
    expect(wants(target({ on }), event)).toBe(hears);
  });
});
