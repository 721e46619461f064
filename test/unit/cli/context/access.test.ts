import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { readArguments } from "../../../../src/cli/arguments.ts";
import type { CommandSpec } from "../../../../src/cli/command.ts";
import { findAccess, findAccessIfAny } from "../../../../src/cli/context/access.ts";
import { writeContexts } from "../../../../src/cli/context/contexts-file.ts";
import type { CommandFailure } from "../../../../src/cli/failure.ts";
import { mesh } from "../../../../src/cli/specs/options.ts";

const root = mkdtempSync(join(tmpdir(), "heddle-access-"));
afterAll(() => rmSync(root, { recursive: true }));

const spec: CommandSpec = {
  name: "status",
  summary: "",
  positionals: "",
  minPositionals: 0,
  maxPositionals: 0,
  options: mesh,
  notes: [],
  examples: [],
  load: () => Promise.reject(new Error("not run")),
};
const given = (...words: string[]) => readArguments(spec, words);

/** A folder where no mesh runs, and contexts of its own. */
let env: NodeJS.ProcessEnv;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, "here-"));
  env = { HEDDLE_CONFIG_DIR: join(folder, "config"), INIT_CWD: folder };
  writeContexts(
    {
      current: "prod",
      byName: new Map([
        ["prod", { control: "https://prod.example.com", edge: null, token: { env: "PROD_TOKEN" } }],
        ["lab", { control: "https://lab.example.com", edge: null, token: { stored: "lab's" } }],
        ["bare", { control: "https://bare.example.com", edge: null, token: null }],
        ["filed", { control: "https://filed.example.com", edge: null, token: { file: join(folder, "token") } }],
      ]),
    },
    env,
  );
});

function runLocally(mesh: object): void {
  mkdirSync(join(folder, ".heddle"));
  writeFileSync(join(folder, ".heddle/local.json"), JSON.stringify(mesh));
}
const local = { pid: process.pid, control: "http://127.0.0.1:8788", edge: "http://127.0.0.1:8787", token: "local's" };

describe("which mesh a command is about", () => {
  it("is the first that is said", () => {
    const control = (own: NodeJS.ProcessEnv, ...words: string[]) =>
      findAccess(given(...words), { ...env, PROD_TOKEN: "p", ...own }).control;
    expect(control({})).toBe("https://prod.example.com");
    runLocally(local);
    expect(control({})).toBe(local.control);
    expect(control({ HEDDLE_CONTEXT: "lab" })).toBe("https://lab.example.com");
    const all = { HEDDLE_CONTEXT: "lab", HEDDLE_CONTROL_URL: "https://env.example.com" };
    expect(control(all)).toBe("https://env.example.com");
    expect(control(all, "--context", "prod")).toBe("https://prod.example.com");
    expect(control(all, "--control", "https://told.example.com")).toBe("https://told.example.com");
    expect(control(all, "--context", "local")).toBe(local.control);
  });

  it("is none where nothing says so", () => {
    const own = { HEDDLE_CONFIG_DIR: join(folder, "empty"), INIT_CWD: folder };
    expect(findAccessIfAny(given(), own)).toBeNull();
    expect(() => findAccess(given(), own)).toThrow("no mesh is chosen");
  });

  it.each([
    ["a process that is gone", { ...local, pid: 2 ** 22 + 1 }],
    ["another machine", { ...local, control: "https://evil.example.com" }],
    ["an edge on another machine", { ...local, edge: "http://evil.example.com" }],
    ["no token", { ...local, token: undefined }],
    ["no process", { ...local, pid: -1 }],
  ])("is not the one of a file that names %s", (_, mesh) => {
    runLocally(mesh);
    expect(findAccess(given(), { ...env, PROD_TOKEN: "p" }).name).toBe("prod");
  });

  it("suggests the context that was meant", () => {
    const failure = attempt(() => findAccess(given("--context", "prd"), env));
    expect(failure).toMatchObject({ message: 'there is no context "prd"', fix: "did you mean prod?", exitCode: 2 });
  });
});

describe("the token for it", () => {
  const token = (own: NodeJS.ProcessEnv, ...words: string[]) => findAccess(given(...words), { ...env, ...own }).token;

  it("is the one that is given, whatever the context has", () => {
    expect(token({ HEDDLE_TOKEN: "env's" }, "--context", "prod", "--token", "told")).toBe("told");
  });

  it("is a context's own before HEDDLE_TOKEN: a token goes to the mesh it was given for", () => {
    const own = { HEDDLE_TOKEN: "env's", PROD_TOKEN: "prod's" };
    expect(token(own, "--context", "prod")).toBe("prod's");
    expect(token(own, "--context", "lab")).toBe("lab's");
    expect(token(own, "--context", "bare")).toBe("env's");
    expect(token(own, "--control", "https://prod.example.com")).toBe("env's");
    writeFileSync(join(folder, "token"), " filed \n");
    expect(token(own, "--context", "filed")).toBe("filed");
  });

  it("of a local mesh is in its file", () => {
    runLocally(local);
    expect(token({ HEDDLE_TOKEN: "env's" })).toBe("local's");
  });

  it("may be missing where nothing has one", () => {
    expect(token({}, "--context", "bare")).toBeNull();
  });

  it.each([
    ["prod", "takes its token from PROD_TOKEN, which is not set"],
    ["filed", "(ENOENT)"],
  ])("of context %s is asked for when its source has none", (name, why) => {
    const failure = attempt(() => findAccess(given("--context", name), env));
    expect(failure.message).toContain(why);
    expect(failure.exitCode).toBe(4);
  });
});

function attempt(call: () => unknown): CommandFailure {
  try {
    call();
  } catch (error) {
    return error as CommandFailure;
  }
  throw new Error("it did not fail");
}
