import { describe, expect, it } from "vitest";
import type { OriginCredentialPlan } from "../../../../src/core/mesh-origins.ts";
import { openCredentials } from "../../../../src/security/origin/open.ts";
import { NOW_MS, opened, sent } from "./outgoing.ts";

const plan: OriginCredentialPlan = {
  name: "token",
  type: "headers",
  headers: [
    ["authorization", "Bearer ", { secret: "TOKEN" }],
    ["x-api-key", "", { secret: "KEY" }],
  ],
};

describe("headers from secrets", () => {
  it("take the place of what the downstream sent under their names", async () => {
    const credential = opened(plan, { TOKEN: "t0p", KEY: "k3y" });
    const { applied, headers } = await sent(credential, { headers: { authorization: "Basic x", "x-other": "1" } });
    expect(applied).toBe(null);
    expect(Object.fromEntries(headers)).toEqual({ authorization: "Bearer t0p", "x-api-key": "k3y", "x-other": "1" });
    expect(credential.problem()).toBe("");
  });

  it("are put on at once when the secrets are at hand, and later when they have to be asked for", async () => {
    const request = () => ({
      method: "GET",
      url: "https://a.invalid/",
      headers: new Headers(),
      body: { kind: "none" } as const,
      nowMs: NOW_MS,
      ctx: { waitUntil: () => {} },
    });
    const atHand = opened(plan, { TOKEN: "t", KEY: "k" });
    expect(atHand.apply(request())).toBe(null);
    const [asked] = openCredentials([plan], { secrets: async (name) => name.toLowerCase() }, null).of;
    const late = request();
    const applied = asked!.apply(late);
    expect(applied).toBeInstanceOf(Promise);
    expect([await applied, late.headers.get("authorization")]).toEqual([null, "Bearer token"]);
  });

  it("are not sent in part when a secret is absent, and say so until it is there", async () => {
    const secrets: Record<string, string> = { TOKEN: "t0p" };
    const credential = opened(plan, secrets);
    expect(credential.problem()).toBe("the secret KEY is absent");
    const { applied, headers } = await sent(credential, { headers: { authorization: "Basic x" } });
    expect(applied).toEqual({ credential: "token", why: "the secret KEY is absent", of: "ours" });
    expect([...headers]).toEqual([]);
    secrets.KEY = "k3y";
    expect((await sent(credential)).applied).toBe(null);
    expect(credential.problem()).toBe("");
  });

  it.each(["line\nbreak", "nul\0", "\u{1f511}"])("are not sent when a secret is no header value: %j", async (KEY) => {
    const { applied, headers } = await sent(opened(plan, { TOKEN: "t", KEY }));
    expect(applied).toEqual({ credential: "token", why: "the secret KEY is no header value", of: "ours" });
    expect([...headers]).toEqual([]);
  });
});
