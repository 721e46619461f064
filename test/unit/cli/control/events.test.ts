import { describe, expect, it } from "vitest";
import type { Control } from "../../../../src/cli/control/client.ts";
import { createSeen, eventLine, events } from "../../../../src/cli/control/events.ts";
import { createPaint } from "../../../../src/cli/terminal.ts";

const paint = createPaint(false);
const event = (id: string, atMs: number) => ({ id, atMs, type: "health.told" });

describe("events", () => {
  it("come oldest first over pages, with how many could not be opened on them", async () => {
    const pages = [
      { items: [event("c", 3), event("b", 2)], next: "more", sealed: 4 },
      { items: [event("a", 1)], next: null, sealed: 1 },
    ];
    const control = {
      get: async (_path: string, shape: { parse(value: unknown): unknown }) => shape.parse(pages.shift()),
    } as unknown as Control;
    const query = { isAudit: false, service: null, type: null, sinceMs: null, limit: 50 };
    const { items, sealed } = await events(control, query);
    expect(items.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(sealed).toBe(5);
  });
});

describe("events as lines", () => {
  it("say when, where and what", () => {
    const line = eventLine(
      { ...event("1", 0), service: "shop", endpoint: "aws", region: "weur", detail: "drain by me\u001b[2J" },
      paint,
    );
    expect(line).toBe("1970-01-01 00:00:00Z  shop/aws in weur  health.told: drain by me[2J");
  });

  it("show what an unknown kind says", () => {
    const line = eventLine({ ...event("1", 0), type: "other", from: "a", count: 2, deep: {} }, paint);
    expect(line).toBe("1970-01-01 00:00:00Z  other: from a, count 2");
  });

  it("of the audit log say who and from where", () => {
    const from = { address: "192.0.2.7", country: "DE" };
    const entry = { id: 3, atMs: 0, actor: "ci", via: "token", from, action: "config.apply", target: "4" };
    expect(eventLine(entry, paint)).toBe("1970-01-01 00:00:00Z  ci (token, 192.0.2.7 DE)  config.apply 4");
  });

  it("are each shown once, though the same stretch of time is asked for again", () => {
    const fresh = createSeen();
    expect(fresh([event("a", 1), event("b", 2)])).toHaveLength(2);
    expect(fresh([event("b", 2), event("c", 2)])).toEqual([event("c", 2)]);
    expect(fresh([])).toEqual([]);
    expect(fresh([event("c", 2)])).toEqual([]);
    expect(fresh([event("older", 0), event("d", 3)])).toEqual([event("d", 3)]);
  });
});
