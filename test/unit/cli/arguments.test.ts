import { describe, expect, it } from "vitest";
import { readArguments, wholeNumber } from "../../../src/cli/arguments.ts";
import type { CommandSpec } from "../../../src/cli/command.ts";

const spec: CommandSpec = {
  name: "dev",
  summary: "",
  positionals: "[FILE]",
  minPositionals: 0,
  maxPositionals: 1,
  options: {
    config: { value: "FILE", short: "c", does: "" },
    header: { value: "H", many: true, does: "" },
    json: { does: "" },
  },
  notes: [],
  examples: [],
  load: async () => async () => 0,
};

describe("readArguments", () => {
  it("reads long, short, inline and repeated options, and positionals after --", () => {
    const args = readArguments(spec, ["-c", "a.yaml", "--header=x:1", "--header", "y:2", "--json", "--", "-file"]);
    expect(args.option("config")).toBe("a.yaml");
    expect(args.options("header")).toEqual(["x:1", "y:2"]);
    expect(args.has("json")).toBe(true);
    expect(args.positionals).toEqual(["-file"]);
  });

  it("says what was not given", () => {
    const args = readArguments(spec, []);
    expect([args.option("config"), args.options("header"), args.has("json")]).toEqual([null, [], false]);
  });

  it.each([
    ["an unknown option gets the nearest one", ["--confg", "x"], "no option --confg", "did you mean --config?"],
    ["an unknown option far from all gets the help", ["--zzzzzz"], "no option --zzzzzz", "--help"],
    ["an inherited name is not an option", ["--constructor"], "no option --constructor", "--help"],
    ["a missing value is named", ["--config"], "--config needs a value: --config FILE", "--help"],
    ["an option in place of a value is not taken for it", ["--config", "--json"], "--config needs a value", "--help"],
    ["a switch takes no value", ["--json=yes"], "--json takes no value", "--help"],
    ["an option given twice is refused", ["-c", "a", "-c", "b"], "given twice", "--help"],
    ["too many positionals are refused", ["a", "b"], '"b" is one argument too many', "--help"],
  ])("%s", (_, words, message, fix) => {
    expect(() => readArguments(spec, words)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message),
        fix: expect.stringContaining(fix),
        exitCode: 2,
      }),
    );
  });

  it("asks for missing positionals", () => {
    expect(() => readArguments({ ...spec, positionals: "URL", minPositionals: 1 }, [])).toThrow("URL is missing");
  });
});

describe("wholeNumber", () => {
  it("takes the bounds themselves", () => {
    expect([wholeNumber("port", "0", 0, 65_535), wholeNumber("port", "65535", 0, 65_535)]).toEqual([0, 65_535]);
  });

  it.each(["-1", "65536", "1.5", "", "0x10", "1e3", "nine"])("refuses %j", (value) => {
    expect(() => wholeNumber("port", value, 0, 65_535)).toThrow("--port is a whole number from 0 to 65535");
  });
});
