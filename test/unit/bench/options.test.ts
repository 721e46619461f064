import { describe, expect, it } from "vitest";
import { readOptions, SECTIONS, UsageError } from "../../bench/options.ts";

describe("the options of the benchmark", () => {
  it("run everything into the committed results when nothing is said", () => {
    const options = readOptions([]);
    expect(options).toMatchObject({ sections: SECTIONS, contenders: null, faults: null, out: "test/bench/results" });
    expect(options).toMatchObject({ connections: [1, 16, 64], rps: 300, repeats: 1, rounds: { headline: 9 } });
  });

  it.each([["--quick"], ["--contenders", "nginx"], ["--faults", "hang"], ["--only", "steady"]])(
    "keep what is only a part out of the committed results: %s %s",
    (...args) => {
      expect(readOptions(args.filter((word) => word !== undefined)).out).toBe("test/bench/out");
    },
  );

  it("take sections, and parts of the headline", () => {
    expect(readOptions(["--only", "growth,overhead"]).sections).toEqual(["overhead", "growth"]);
    expect(readOptions(["--only", "default,steady"])).toMatchObject({
      sections: ["headline"],
      parts: ["default", "steady"],
    });
    expect(readOptions(["--only", "headline"]).parts).toContain("wide");
  });

  it("let a number win over what quick would take", () => {
    expect(readOptions(["--quick", "--rounds", "7"]).rounds).toEqual({ headline: 7, overhead: 7, streaming: 7 });
    expect(readOptions(["--quick"]).faultSeconds).toBeLessThan(readOptions([]).faultSeconds);
  });

  it.each([
    [["--only", "all"], /--only does not know all/],
    [["--contenders", "apache"], /--contenders does not know apache/],
    [["--faults", "flood"], /--faults does not know flood/],
    [["--rounds", "many"], /--rounds takes a number above 0/],
    [["--connections", "1,x"], /--connections takes whole numbers/],
    [["--fast"], /--fast/],
  ])("refuse %s", (args, message) => {
    expect(() => readOptions(args)).toThrow(UsageError);
    expect(() => readOptions(args)).toThrow(message);
  });
});
