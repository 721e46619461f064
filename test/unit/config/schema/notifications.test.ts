import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";

const base = (more: string, service = "") => `services:
  shop: { endpoints: [{ id: a, url: "https://a.example.com" }]${service} }
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]
${more}`;

const faultsOf = (text: string) => {
  const decoded = parseConfig(text);
  return decoded.ok ? [] : decoded.faults.map(({ path, message }) => [path, message]);
};
async function compiled(text: string) {
  const decoded = parseConfig(text);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return compileMesh(decoded.config, { nowMs: 1 });
}

describe("notifications", () => {
  it("are compiled with their defaults, and absent where there are none", async () => {
    const { notifications } = await compiled(
      base('notifications: [{ name: hook, type: webhook, url: "https://h.example/x" }]'),
    );
    expect(notifications).toEqual([
      {
        name: "hook",
        type: "webhook",
        url: "https://h.example/x",
        urlFrom: "",
        secret: "",
        events: [],
        severity: "warning",
        services: [],
        holdMs: 10_000,
        clearMs: 30_000,
        flaps: 4,
        flapWindowMs: 600_000,
        maxPerMinute: 20,
      },
    ]);
    expect(await compiled(base(""))).not.toHaveProperty("notifications");
    expect(await compiled(base(""))).not.toHaveProperty("selfHealing");
  });

  it("go to PagerDuty's own URL, unless another is named", async () => {
    const target = "{ name: p, type: pagerduty, secret: HEDDLE_NOTIFY_KEY }";
    const { notifications } = await compiled(base(`notifications: [${target}]`));
    expect(notifications?.[0]?.url).toBe("https://events.pagerduty.com/v2/enqueue");
  });

  it.each([
    [
      "two of one name",
      '{ name: a, type: slack, url: "https://x.example" }, { name: a, type: slack, url: "https://x.example" }',
      "notifications[1].name",
    ],
    ["no place to send to", "{ name: a, type: slack }", "notifications[0].url"],
    [
      "two places",
      '{ name: a, type: slack, url: "https://x.example", urlFrom: HEDDLE_NOTIFY_A }',
      "notifications[0].urlFrom",
    ],
    ["PagerDuty without a key", "{ name: a, type: pagerduty }", "notifications[0].secret"],
    [
      "a secret that is another's",
      "{ name: a, type: slack, urlFrom: HEDDLE_BOOTSTRAP_TOKEN }",
      "notifications[0].urlFrom",
    ],
    ["a URL with credentials", '{ name: a, type: slack, url: "https://u:p@x.example" }', "notifications[0].url"],
    [
      "flapping at the first time",
      '{ name: a, type: slack, url: "https://x.example", flaps: 1 }',
      "notifications[0].flaps",
    ],
  ])("are refused with %s", (_, targets, path) => {
    expect(faultsOf(base(`notifications: [${targets}]`)).map(([at]) => at)).toEqual([path]);
  });
});

describe("hooks that heal", () => {
  it("are compiled by service, with their defaults", async () => {
    const hook = '{ name: restart, on: ejected, url: "https://h.example/x" }';
    expect((await compiled(base("", `, selfHealing: [${hook}]`))).selfHealing).toEqual([
      {
        service: "shop",
        hooks: [
          {
            name: "restart",
            on: "ejected",
            url: "https://h.example/x",
            urlFrom: "",
            secret: "",
            afterMs: 30_000,
            cooldownMs: 600_000,
            maxPerHour: 4,
            dryRun: false,
          },
        ],
      },
    ]);
  });

  it.each([
    [
      "two of one name",
      '{ name: a, on: down, url: "https://x.example" }, { name: a, on: down, url: "https://x.example" }',
      "services.shop.selfHealing[1].name",
    ],
    ["no place to call", "{ name: a, on: down }", "services.shop.selfHealing[0].url"],
  ])("are refused with %s", (_, hooks, path) => {
    expect(faultsOf(base("", `, selfHealing: [${hooks}]`)).map(([at]) => at)).toEqual([path]);
  });
});
