import { describe, expect, it } from "vitest";
import { guardOf, refusalOf, stamp } from "../../../../durable-objects/mesh-config/acceptance.ts";
import type { GuardStatus, VersionMeta } from "../../../../src/core/mesh-version.ts";

const version = (rest: Partial<VersionMeta> = {}): VersionMeta => ({
  ...{ version: 4, digest: "four", compiledAtMs: 1_000, atMs: 1_000, author: "", message: "", kind: "apply" },
  ...{ bytes: 1, pinned: false },
  ...rest,
});
const guard: GuardStatus = { state: "watching", untilMs: 9_000, fallback: 2, reason: "" };
const watched = version({ guard });
const next = { digest: "five", base: 4, onGuard: "is-stopped" } as const;

describe("a version takes over", () => {
  it.each([
    ["when it is based on the one in force", version(), 0, next, null],
    ["when it is the first", null, 0, { ...next, base: 0 }, null],
    ["not when it is based on another", version(), 0, { ...next, base: 3 }, "stale"],
    ["not as the first when there is one", version(), 0, { ...next, base: 0 }, "stale"],
    ["not when it is the same", version(), 0, { ...next, digest: "four" }, "unchanged"],
    [
      "when it is the same and a later deployment has overtaken it",
      version(),
      2_000,
      { ...next, digest: "four" },
      null,
    ],
    ["not while the one in force is watched", watched, 0, next, "guarding"],
    ["from one that is watched when it brings a guard", watched, 0, { ...next, onGuard: "replaces" }, null],
    ["from one that is watched when it is a rollback", watched, 0, { ...next, onGuard: "ends" }, null],
    ["from one whose guard is over", version({ guard: { ...guard, state: "passed" } }), 0, next, null],
  ] as const)("%s", (_, head, bundledAtMs, candidate, error) => {
    expect(refusalOf({ head, bundledAtMs }, candidate)?.error ?? null).toBe(error);
  });

  it("with a time later than all before it, whatever the clock says", () => {
    expect(stamp({ head: version(), bundledAtMs: 0 }, 5_000)).toBe(5_000);
    expect(stamp({ head: version(), bundledAtMs: 0 }, 10)).toBe(1_001);
    expect(stamp({ head: null, bundledAtMs: 7_000 }, 10)).toBe(7_001);
  });
});

describe("a guard goes back", () => {
  it.each([
    ["to the version before", version(), 0, 4],
    ["to the last one that is not watched", watched, 0, 2],
    ["nowhere from the first version", null, 0, null],
    ["nowhere when a deployment has overtaken the version in force", version(), 2_000, null],
  ])("%s", (_, head, bundledAtMs, fallback) => {
    const check = guardOf({ head, bundledAtMs }, 9_000);
    expect(check.ok ? check.status.fallback : null).toBe(fallback);
  });
});
