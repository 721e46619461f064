import { describe, expect, it } from "vitest";
import { readArguments } from "../../../../src/cli/arguments.ts";
import { COMMANDS } from "../../../../src/cli/commands.ts";
import { reportRefusal } from "../../../../src/cli/control/report-refusal.ts";
import type { CommandFailure } from "../../../../src/cli/failure.ts";
import { testTerminal } from "../test-terminal.ts";

const spec = COMMANDS.find(({ name }) => name === "apply")!;
const given = (...words: string[]) => readArguments(spec, words);

const current = {
  version: 8,
  digest: "d",
  atMs: 0,
  author: "somebody",
  message: "in between",
  kind: "apply",
} as const;
const diff = { changes: [{ kind: "removed" as const, what: "route", name: "cart" }] };

describe("a config that was refused", () => {
  it("because another was faster is told with what that one changed", () => {
    const terminal = testTerminal();
    expect(reportRefusal({ ok: false, error: "stale", current, diff }, 7, given(), terminal)).toBe(1);
    const text = terminal.errors.join("\n");
    for (const said of ["based on version 7", "version 8", "by somebody: in between", "-  route cart"]) {
      expect(text).toContain(said);
    }
  });

  it("is one object for machines", () => {
    const terminal = testTerminal();
    reportRefusal({ ok: false, error: "stale", current, diff }, 7, given("--json"), terminal);
    expect(JSON.parse(terminal.written[0]!)).toMatchObject({ ok: false, error: "stale", base: 7, current, diff });
    expect(terminal.errors).toEqual([]);
  });

  it("for its faults is told with their places, made harmless", () => {
    const terminal = testTerminal();
    const problem = { detail: "faults", faults: [{ path: "services.a", line: 3, message: "is \u001b[2Jodd" }] };
    expect(reportRefusal({ ok: false, error: "invalid", problem }, 7, given(), terminal)).toBe(1);
    expect(terminal.errors[0]).toBe("config:3:1 services.a: is [2Jodd");
  });

  it("for something else ends the command with that", () => {
    const problem = { detail: "version 7 is being watched", error: "guarding" };
    try {
      reportRefusal({ ok: false, error: "invalid", problem }, 7, given(), testTerminal());
      expect.unreachable();
    } catch (error) {
      expect((error as CommandFailure).message).toBe("version 7 is being watched");
      expect((error as CommandFailure).fix).toContain("--guard of your own");
    }
  });
});
