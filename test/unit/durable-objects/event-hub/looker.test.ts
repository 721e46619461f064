import { describe, expect, it } from "vitest";
import {
  type Looker,
  lookerFrom,
  maySee,
  onMessage,
  textOfLooker,
  visibleTo,
} from "../../../../durable-objects/event-hub/looker.ts";

const anybody = { key: "token/1", services: null, expiresAtMs: null };
const looker = (services: readonly string[] | null = null): Looker =>
  lookerFrom(textOfLooker({ ...anybody, services }), 0)!;
const subscribed = (one: Looker, subscribe: object): Looker => {
  const heard = onMessage(one, JSON.stringify({ subscribe }), 0);
  if (!heard.ok) throw new Error(heard.reason);
  return heard.looker;
};

describe("a looker", () => {
  it("is who the control plane says", () => {
    expect(looker(["shop"])).toMatchObject({
      key: "token/1",
      services: ["shop"],
      wants: { service: null, state: true },
    });
  });

  it.each([
    [null],
    ["{"],
    ["[]"],
    [JSON.stringify({ ...anybody, key: "" })],
    [JSON.stringify({ ...anybody, services: "shop" })],
    [JSON.stringify({ ...anybody, services: [1] })],
    [JSON.stringify({ ...anybody, expiresAtMs: "never" })],
    [JSON.stringify({ ...anybody, services: Array.from({ length: 500 }, (_, n) => `a-service-with-a-name-${n}`) })],
  ])("is not %s", (text) => {
    expect(lookerFrom(text, 0)).toBeNull();
  });

  it.each([
    [null, {}, "shop", true],
    [null, {}, null, true],
    [null, { service: "shop" }, "shop", true],
    [null, { service: "shop" }, "cart", false],
    [null, { service: "shop" }, null, false],
    [["shop"], {}, "shop", true],
    [["shop"], {}, "cart", false],
    [["shop"], {}, null, false],
  ] as const)("with services %j that wants %j and %s: sees it is %s", (services, wants, service, sees) => {
    expect(maySee(subscribed(looker(services), wants), service)).toBe(sees);
  });

  it("is shown its services, or the one it wants of them", () => {
    expect(visibleTo(looker())).toBeNull();
    expect(visibleTo(looker(["shop", "cart"]))).toEqual(new Set(["shop", "cart"]));
    expect(visibleTo(subscribed(looker(["shop", "cart"]), { service: "cart" }))).toEqual(new Set(["cart"]));
  });

  it.each([
    ["bytes", new ArrayBuffer(4), 1003],
    ["a long message", `{"subscribe":{},"x":"${"y".repeat(2_000)}"}`, 1009],
    ["no object", "5", 1008],
    ["no subscription", "{}", 1008],
    ["a service that is no name", '{"subscribe":{"service":5}}', 1008],
    ["a service of others", '{"subscribe":{"service":"cart"}}', 1008],
  ])("is closed for %s", (_, message, code) => {
    expect(onMessage(looker(["shop"]), message, 0)).toMatchObject({ ok: false, code });
  });

  it("may say 20 things in ten seconds", () => {
    let one = looker();
    for (let n = 0; n < 20; n++) one = subscribed(one, {});
    expect(onMessage(one, '{"subscribe":{}}', 9_999)).toMatchObject({ ok: false, code: 1008 });
    expect(onMessage(one, '{"subscribe":{}}', 10_000).ok).toBe(true);
  });
});
