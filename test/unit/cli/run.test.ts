import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { run } from "../../../src/cli/run.ts";
import { testTerminal } from "./test-terminal.ts";

describe("run", () => {
  it("lists every command for --help", async () => {
    const terminal = testTerminal();
    expect(await run(["--help"], terminal)).toBe(0);
    for (const { name, summary } of COMMANDS) {
      expect(terminal.written.join("\n")).toContain(name);
      expect(terminal.written.join("\n")).toContain(summary);
    }
  });

  it("shows the overview on stderr and fails when no command is given", async () => {
    const terminal = testTerminal();
    expect(await run([], terminal)).toBe(2);
    expect(terminal.written).toEqual([]);
    expect(terminal.errors.join("\n")).toContain("Usage: heddle <command>");
  });

  it.each(COMMANDS)("describes every option and example of $name for --help", async (spec) => {
    const terminal = testTerminal();
    expect(await run([spec.name, "--help"], terminal)).toBe(0);
    const help = terminal.written.join("\n");
    for (const [name, { does }] of Object.entries(spec.options)) {
      expect(help).toContain(`--${name}`);
      expect(help).toContain(does);
    }
    for (const example of spec.examples) expect(help).toContain(example);
    expect(await run(["help", spec.name], testTerminal())).toBe(0);
  });

  it.each(COMMANDS)("offers --json with $name", (spec) => {
    expect(spec.options).toHaveProperty("json");
  });

  it("prints the version", async () => {
    const terminal = testTerminal();
    expect(await run(["--version"], terminal)).toBe(0);
    expect(terminal.written[0]).toMatch(/^\d+\.\d+\.\d+/);
  });

  it.each([
    ["valdate", 'did you mean "heddle validate"?'],
    ["dve", 'did you mean "heddle dev"?'],
    ["frobnicate", "heddle --help lists the commands"],
  ])("answers the mistyped command %s with a suggestion", async (typed, fix) => {
    const terminal = testTerminal();
    expect(await run([typed], terminal)).toBe(2);
    expect(terminal.errors.join("\n")).toContain(`there is no command "${typed}"`);
    expect(terminal.errors.join("\n")).toContain(fix);
  });

  it("reports wrong usage as JSON when asked to", async () => {
    const terminal = testTerminal();
    expect(await run(["dev", "--prot", "1", "--json"], terminal)).toBe(2);
    expect(JSON.parse(terminal.written[0]!)).toEqual({
      ok: false,
      error: "usage",
      detail: "heddle dev has no option --prot",
      fix: "did you mean --port?",
    });
  });
});
