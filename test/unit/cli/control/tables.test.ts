/** Tables of versions, overrides and tokens, on terminals of all widths. */
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { renderTokens } from "../../../../src/cli/commands/token.ts";
import { renderOverrides } from "../../../../src/cli/control/overrides.ts";
import { renderHistory, versionLine } from "../../../../src/cli/control/render-history.ts";
import type { Override, Token, Version } from "../../../../src/cli/control/shapes.ts";
import { createPaint, type Paint } from "../../../../src/cli/terminal.ts";

const paint = createPaint(false);
const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 0, 2);

const version = (number: number, over: Partial<Version> = {}): Version => ({
  version: number,
  digest: "0123456789abcdef",
  atMs: NOW_MS,
  author: "a.person.with.a.long.address@example.com",
  message: "a message that explains at some length why the weights had to change",
  kind: "apply",
  ...over,
});
const versions = [
  version(12, { kind: "guard-rollback", of: 10, message: "" }),
  version(11, { guard: { state: "rolled-back", untilMs: NOW_MS, reason: "success fell from 99.9 % to 97 %" } }),
  version(10, { pinned: true }),
];

const override = (over: Partial<Override>): Override => ({
  id: "55fdaa31-48e1-4dcc-9c52-ef90ac068558",
  service: "shop",
  target: { cloud: "aws", region: "us-east-1" },
  action: "drain",
  percent: 100,
  reason: "a new kernel on all machines of the region",
  by: "ops@example.com",
  atMs: NOW_MS - HOUR_MS,
  untilMs: NOW_MS + HOUR_MS,
  state: "draining",
  ...over,
});
const overrides = [
  override({}),
  override({ action: "weight", percent: 50, untilMs: null, state: "in-force", target: { endpoint: "gcp" } }),
];

const token = (over: Partial<Token>): Token => ({
  id: "3c6d5ad41636395e",
  name: "ci",
  scopes: ["operate"],
  services: null,
  createdAtMs: NOW_MS - HOUR_MS,
  createdBy: "bootstrap",
  expiresAtMs: NOW_MS + 30 * 24 * HOUR_MS,
  revokedAtMs: null,
  lastUsedAtMs: null,
  ...over,
});
const tokens = [
  token({}),
  token({ name: "instances", scopes: ["register"], services: ["shop", "cart", "a-service-with-a-long-name"] }),
  token({ name: "old", expiresAtMs: NOW_MS - 1 }),
  token({ name: "gone", revokedAtMs: NOW_MS }),
];

describe.each<[string, (width: number, paint: Paint) => string[], RegExp]>([
  ["versions", (width, with_) => renderHistory(versions, 12, width, with_), /\* 12 .* guard-rollba/],
  ["overrides", (width, with_) => renderOverrides(overrides, width, with_, NOW_MS), /shop +region:.* drain +draining/],
  [
    "tokens",
    (width, with_) => renderTokens(tokens, width, with_, NOW_MS),
    /3c6d5ad41636395e +ci +operate +expires in 30d/,
  ],
])("a table of %s", (_, render, row) => {
  it.each([60, 80, 200])("fits %i columns, coloured or not", (width) => {
    const lines = render(width, paint);
    for (const line of [...lines, ...render(width, createPaint(true))]) {
      expect(stringWidth(line)).toBeLessThanOrEqual(width);
    }
    expect(lines.join("\n")).toMatch(row);
  });

  it("has no escape sequence without colours", () => {
    expect(render(Number.POSITIVE_INFINITY, paint).join("")).not.toContain("\u001b");
  });
});

describe("what is in the rows", () => {
  it("says what a version is, what its guard said, and that it is pinned", () => {
    const text = renderHistory(versions, 12, 300, paint).join("\n");
    expect(text).toContain("guard-rollback to 10");
    expect(text).toContain("apply, guard rolled-back: success fell from 99.9 % to 97 %");
    expect(text).toContain("apply, pinned");
    expect(versionLine(version(3, { message: "" }), paint)).toBe(
      "version 3 2026-01-02 00:00:00Z by a.person.with.a.long.address@example.com",
    );
  });

  it("says when an override ends, and what it does", () => {
    const text = renderOverrides(overrides, 300, paint, NOW_MS).join("\n");
    expect(text).toMatch(/region:aws\/us-east-1 +drain +draining +1h +1h ago +ops@example\.com/);
    expect(text).toMatch(/gcp +weight 50 % +in force +when cleared/);
  });

  it("says which tokens have ended", () => {
    const text = renderTokens(tokens, 200, paint, NOW_MS).join("\n");
    expect(text).toMatch(/old .*expired/);
    expect(text).toMatch(/gone .*revoked/);
    expect(text).toContain("register of shop, cart, a-service-with-a-long-name");
  });

  it("says so when there are none", () => {
    expect(renderHistory([], 0, 80, paint)[0]).toContain("nothing was ever applied");
    expect(renderOverrides([], 80, paint, 0)).toEqual(["no overrides are in force"]);
    expect(renderTokens([], 80, paint, 0)).toEqual(["there are no tokens"]);
  });
});
