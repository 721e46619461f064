import { describe, expect, it } from "vitest";
import { type Outbound, secretsOf, send, urlOf } from "../../../../durable-objects/event-hub/send.ts";
import type { NotificationTarget } from "../../../../src/core/mesh-notifications.ts";
import { notifyTarget } from "../../../../src/telemetry/events/target.ts";
import { ejection } from "../../telemetry/events/sample-events.ts";

const settings: NotificationTarget = {
  name: "hook",
  type: "webhook",
  url: "https://hooks.example.com/x?team=1",
  urlFrom: "",
  secret: "",
  events: [],
  severity: "info",
  services: [],
  holdMs: 0,
  clearMs: 0,
  flaps: 0,
  flapWindowMs: 1_000,
  maxPerMinute: 10,
};
const envelope = {
  notice: { kind: "note", event: ejection() },
  deliveryId: "1",
  dedupeKey: "k",
  nowMs: 1_000,
  heldBack: 0,
} as const;

function outbound(answer: () => Response | Promise<Response>, env: object = {}) {
  const asked: { readonly url: string; readonly init: RequestInit }[] = [];
  const sending: Outbound = {
    secret: secretsOf(env),
    allow: [],
    fetch: async (url, init) => {
      asked.push({ url, init });
      return answer();
    },
  };
  return { asked, sending };
}
const ok = () => new Response(null, { status: 204 });

describe("the URL of a receiver", () => {
  const { sending } = outbound(ok, { HEDDLE_NOTIFY_URL: "https://hooks.slack.com/services/T/B/x" });

  it.each([
    ["https://hooks.example.com/x?a=1&b=?2", "https://hooks.example.com/x?a=1&b=?2"],
    ["https://hooks.example.com", "https://hooks.example.com/"],
  ])("may be public https: %s", (url, expected) => {
    expect(urlOf({ url, urlFrom: "" }, sending)).toEqual({ ok: true, url: expected });
  });

  it.each([
    "http://hooks.example.com/x",
    "https://127.0.0.1/x",
    "https://0x7f000001/x",
    "https://169.254.169.254/latest/meta-data",
    "https://metadata.google.internal/",
    "https://10.0.0.1/x?a=1",
    "https://[::1]/x",
    "https://user:secret@hooks.example.com/x",
    "https://hooks.example.com/x?a=1#b",
    "ftp://hooks.example.com/x",
    "",
  ])("may not be %s", (url) => {
    const check = urlOf({ url, urlFrom: "" }, sending);
    expect(check.ok).toBe(false);
    expect(JSON.stringify(check)).not.toContain("secret@");
  });

  it("may be a secret, by the name of it, and never another variable", () => {
    const secret = "https://hooks.slack.com/services/T/B/x";
    expect(urlOf({ url: "", urlFrom: "HEDDLE_NOTIFY_URL" }, sending)).toEqual({ ok: true, url: secret });
    const env = { HEDDLE_BOOTSTRAP_TOKEN: "https://x.example", HEDDLE_NOTIFY_X: 5 };
    for (const urlFrom of ["HEDDLE_BOOTSTRAP_TOKEN", "HEDDLE_NOTIFY_X", "HEDDLE_NOTIFY_NONE", "__proto__"]) {
      expect(urlOf({ url: "", urlFrom }, outbound(ok, env).sending).ok, urlFrom).toBe(false);
    }
  });
});

describe("an attempt", () => {
  it.each([
    [204, "delivered"],
    [302, "refused"],
    [404, "refused"],
    [503, "retry"],
  ] as const)("that is answered %i is %s", async (status, verdict) => {
    const { asked, sending } = outbound(() => new Response(null, { status }));
    expect(await send(notifyTarget(settings), envelope, sending)).toMatchObject({
      verdict,
      detail: `answered ${status}`,
    });
    expect([asked[0]?.url, asked[0]?.init.method, asked[0]?.init.redirect]).toEqual([settings.url, "POST", "manual"]);
  });

  it("that cannot be connected is tried again, and says nothing of the URL", async () => {
    const { sending } = outbound(() =>
      Promise.reject(new Error("connect to https://hooks.example.com/x?team=1 failed")),
    );
    const outcome = await send(notifyTarget(settings), envelope, sending);
    expect(outcome).toEqual({ verdict: "retry", detail: "could not be connected to", retryAfterMs: 0 });
  });

  it("waits for as long as the receiver asks for", async () => {
    const { sending } = outbound(() => new Response(null, { status: 429, headers: { "retry-after": "7" } }));
    expect((await send(notifyTarget(settings), envelope, sending)).retryAfterMs).toBe(7_000);
  });

  it("is not made without the secret that it is to be signed with", async () => {
    const { asked, sending } = outbound(ok);
    const outcome = await send(notifyTarget({ ...settings, secret: "HEDDLE_NOTIFY_KEY" }), envelope, sending);
    expect([outcome.verdict, asked.length]).toEqual(["refused", 0]);
    expect(outcome.detail).toContain("HEDDLE_NOTIFY_KEY");
  });

  it("goes to Alertmanager's own path below what the config says", async () => {
    for (const url of ["https://am.example.com/prefix/", "https://am.example.com/prefix/api/v2/alerts"]) {
      const { asked, sending } = outbound(ok);
      await send(notifyTarget({ ...settings, type: "alertmanager", url }), envelope, sending);
      expect(asked[0]?.url).toBe("https://am.example.com/prefix/api/v2/alerts");
    }
  });
});
