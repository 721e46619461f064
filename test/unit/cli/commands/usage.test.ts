/** What commands refuse before they ask anybody. */
import { describe, expect, it } from "vitest";
import { run } from "../../../../src/cli/run.ts";
import { testTerminal } from "../test-terminal.ts";

/** Nothing listens there: a command that gets so far ends with 3. */
const MESH = ["--control", "http://127.0.0.1:9", "--token", "t"];

describe("wrong usage ends with 2 and a fix, and reaches nobody", () => {
  it.each([
    [["drain", "shop", "cloud:"], '"cloud:" is no target'],
    [["drain", "shop"], "SERVICE TARGET is missing"],
    [["drain", "shop", "aws", "--for", "soon"], "--for is a duration"],
    [["override", "shop", "gcp"], "an override needs SERVICE TARGET ACTION"],
    [["override", "shop", "gcp", "wieght"], "did you mean weight?"],
    [["override", "shop", "gcp", "weight"], "weight needs --percent"],
    [["override", "shop", "gcp", "weight", "--percent", "1001"], "from 0 to 1000"],
    [["override", "shop", "gcp", "drain", "--percent", "5"], "--percent goes with weight"],
    [["override", "clear"], "needs a SERVICE"],
    [["token", "create"], "needs a NAME"],
    [["token", "create", "ci", "--scope", "opreate"], "did you mean operate?"],
    [["token", "create", "ci", "--scope", "register"], "name them with --service"],
    [["token", "create", "ci", "--expires", "10y"], "--expires is a duration"],
    [["events", "--since", "yesterday"], "--since is a duration or a time"],
    [["register", "shop", "10.0.0.1:80"], "is not an absolute http or https URL"],
    [["register", "shop", "http://127.0.0.1:1", "--label", "x"], "--label is NAME=VALUE"],
    [["rollout", "shop", "strat"], "did you mean start?"],
    [["top", "--sort", "trafic"], "did you mean traffic?"],
    [["rollback", "0"], "--VERSION is a whole number"],
    [["diff", "some.yaml", "--from", "1"], "exclude each other"],
    [["history", "--limit", "0"], "from 1 to 10000"],
    [["status", "--context", "prod"], "--control and --context exclude each other"],
  ])("%j", async (words, why) => {
    const terminal = testTerminal({});
    expect(await run([...words, ...MESH], terminal)).toBe(2);
    expect(terminal.errors.join("\n")).toContain(why);
    expect(terminal.written).toEqual([]);
  });

  it("says how to name a mesh where none is", async () => {
    const terminal = testTerminal({ HEDDLE_CONFIG_DIR: "/nowhere", INIT_CWD: "/nowhere" });
    expect(await run(["history"], terminal)).toBe(2);
    expect(terminal.errors.join("\n")).toContain("heddle context add NAME --control URL");
  });

  it("ends with 4 where there is no token", async () => {
    const terminal = testTerminal({});
    expect(await run(["history", "--control", "https://control.example.com"], terminal)).toBe(4);
    expect(terminal.errors.join("\n")).toContain("there is no token for https://control.example.com");
  });
});
