import { describe, expect, it } from "vitest";
import { guardVerdict } from "../../../../src/cli/control/watch-guard.ts";

const version = { version: 4, digest: "d", atMs: 0, author: "", message: "", kind: "apply" } as const;
const guard = (state: "watching" | "passed" | "rolled-back" | "ended", reason = "") => ({ state, untilMs: 0, reason });

describe("the verdict of a guard", () => {
  it.each([
    [guard("passed", "99.9 % succeeded"), true, "version 4 stays: 99.9 % succeeded"],
    [guard("rolled-back", "p99 rose"), false, "version 4 was rolled back: p99 rose"],
    [guard("ended"), false, "another version took over from 4 before its guard had a verdict"],
    [undefined, true, "version 4 stays"],
  ])("%j: holds %s", (given, holds, text) => {
    expect(guardVerdict({ ...version, guard: given })).toEqual({ holds, text });
  });
});
