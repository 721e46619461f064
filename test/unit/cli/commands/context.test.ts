import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run } from "../../../../src/cli/run.ts";
import { testTerminal } from "../test-terminal.ts";

let root: string;
let file: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "heddle-context-"));
  file = join(root, "contexts.json");
});
afterEach(() => rmSync(root, { recursive: true }));

async function heddle(...words: string[]) {
  const terminal = testTerminal({ HEDDLE_CONFIG_DIR: root, INIT_CWD: root });
  const code = await run(["context", ...words], terminal);
  return { code, out: terminal.written.join("\n"), err: terminal.errors.join("\n") };
}

describe("heddle context", () => {
  it("begins with nothing", async () => {
    expect((await heddle()).out).toContain("no contexts yet");
  });

  const addProd = () => heddle("add", "prod", "--control", "https://prod.example.com/", "--token-env", "PROD_TOKEN");
  const addLab = () => heddle("add", "lab", "--control", "http://127.0.0.1:8788", "--token", "hdl_secret");

  it("adds meshes, the first of them in use, and keeps a token for this user only", async () => {
    expect((await addProd()).out).toBe("added prod; it is the one in use");
    expect((await addLab()).out).toBe("added lab; in use: prod");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      current: "prod",
      contexts: { prod: { control: "https://prod.example.com" }, lab: { token: { stored: "hdl_secret" } } },
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("lists them without their tokens", async () => {
    await addProd();
    await addLab();
    const { out } = await heddle("list");
    expect(out).toMatch(/\* +prod +https:\/\/prod\.example\.com +PROD_TOKEN/);
    expect(out).toMatch(/ lab +http:\/\/127\.0\.0\.1:8788 +the contexts file/);
    expect(out + (await heddle("list", "--json")).out).not.toContain("hdl_secret");
  });

  it("chooses one, and forgets one", async () => {
    await addProd();
    await addLab();
    expect((await heddle("use", "lab")).out).toBe("in use lab");
    expect((await heddle("remove", "lab")).out).toBe("removed lab; in use: none");
    expect(await heddle("remove", "prdo")).toMatchObject({
      code: 2,
      err: expect.stringContaining("did you mean prod?"),
    });
  });

  it.each([
    [["add", "prod"], "needs --control URL"],
    [["add", "local", "--control", "https://example.com"], "the mesh that runs in the folder"],
    [["add", "-x y", "--control", "https://example.com"], ""],
    [["add", "a", "--control", "http://example.com"], "http would show the token"],
    [["add", "a", "--control", "https://e.com", "--token", "t", "--token-env", "T"], "exclude each other"],
    [["use"], "needs a NAME"],
    [["lits"], "did you mean list?"],
  ])("refuses %j", async (words, why) => {
    await addProd();
    const before = readFileSync(file, "utf8");
    const { code, err } = await heddle(...words);
    expect(code).toBe(2);
    expect(err).toContain(why);
    expect(readFileSync(file, "utf8")).toBe(before);
  });
});
