import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Contexts } from "../../../../src/cli/context/contexts.ts";
import { contextsPath, readContexts, writeContexts } from "../../../../src/cli/context/contexts-file.ts";

const root = mkdtempSync(join(tmpdir(), "heddle-contexts-"));
afterAll(() => rmSync(root, { recursive: true }));

const some: Contexts = {
  current: "prod",
  byName: new Map([
    ["prod", { control: "https://control.example.com", edge: null, token: { env: "PROD_TOKEN" } }],
    ["lab", { control: "http://127.0.0.1:1", edge: "http://127.0.0.1:2", token: { stored: "hdl_1_secret" } }],
  ]),
};

describe("the contexts file", () => {
  it.each([
    [{ HEDDLE_CONFIG_DIR: "/own", XDG_CONFIG_HOME: "/xdg", HOME: "/home/me" }, "/own/contexts.json"],
    [{ XDG_CONFIG_HOME: "/xdg", HOME: "/home/me" }, "/xdg/heddle/contexts.json"],
    [{ XDG_CONFIG_HOME: "", HOME: "/home/me" }, "/home/me/.config/heddle/contexts.json"],
  ])("is where %j says", (env, path) => {
    expect(contextsPath(env)).toBe(path);
  });

  it("gives back what was written, and is for its user only", () => {
    const env = { HEDDLE_CONFIG_DIR: join(root, "new/deep") };
    writeContexts(some, env);
    expect(readContexts(env)).toEqual({ current: "prod", byName: new Map([...some.byName].sort()) });
    expect(statSync(contextsPath(env)).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(root, "new/deep"))).toEqual(["contexts.json"]);
  });

  it("takes rights away from a file that others could read", () => {
    const env = { HEDDLE_CONFIG_DIR: join(root, "open") };
    mkdirSync(env.HEDDLE_CONFIG_DIR);
    writeFileSync(contextsPath(env), "{}", { mode: 0o644 });
    writeContexts(some, env);
    expect(statSync(contextsPath(env)).mode & 0o777).toBe(0o600);
  });

  it("has nothing when it is not there", () => {
    expect(readContexts({ HEDDLE_CONFIG_DIR: join(root, "missing") }).byName.size).toBe(0);
  });

  it.each([
    ["not JSON", "it is not JSON"],
    ["[]", "it has no contexts"],
    ['{"format":2,"contexts":{}}', "this heddle reads 1"],
    ['{"format":1,"current":1,"contexts":{}}', "current is neither"],
    ['{"format":1,"current":null,"contexts":{"A b":{}}}', "is no name of a context"],
    ['{"format":1,"current":null,"contexts":{"a":{}}}', "has no control URL"],
    ['{"format":1,"current":null,"contexts":{"a":{"control":"http://example.com"}}}', "is not this machine"],
    ['{"format":1,"current":null,"contexts":{"a":{"control":"https://e.com","token":"x"}}}', "none of {env}"],
  ])("says what is wrong with %s, and stays as it is", (text, why) => {
    const env = { HEDDLE_CONFIG_DIR: root };
    writeFileSync(contextsPath(env), text);
    expect(() => readContexts(env)).toThrow(why);
    expect(readFileSync(contextsPath(env), "utf8")).toBe(text);
  });
});
