import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dashboardFolder } from "../../../../src/cli/dashboard/dashboard-folder.ts";
import { checkNode, checkPackage, checkWrangler } from "../../../../src/cli/doctor/machine.ts";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "heddle-test-"));
  // A part of the installation, which a checkout has once somebody wanted it.
  await dashboardFolder();
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ["18.19.0", "broken"],
  ["20.11.1", "warning"],
  ["22.0.0", "ok"],
  ["24.21.0", "ok"],
])("takes Node.js %s to be %s", (version, state) => {
  expect(checkNode(version).state).toBe(state);
});

it("finds every part of this installation", () => {
  expect(checkPackage(folder)).toMatchObject({ state: "ok", says: expect.stringContaining("(a checkout)") });
});

it("says when the project deploys another version than this one", () => {
  const project = join(folder, "project");
  mkdirSync(join(project, "node_modules/heddle"), { recursive: true });
  writeFileSync(join(project, "node_modules/heddle/package.json"), '{ "version": "99.0.0" }');
  expect(checkPackage(project)).toMatchObject({
    state: "warning",
    says: expect.stringContaining("this project deploys 99.0.0"),
  });
});

describe("checkWrangler", () => {
  const withWrangler = (version: string) => {
    const at = join(folder, version, "node_modules/wrangler");
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, "package.json"), JSON.stringify({ version, bin: { wrangler: "./bin/wrangler.js" } }));
    return join(folder, version);
  };

  it.each([
    ["3.114.0", "broken"],
    ["4.100.0", "broken"],
    ["4.124.0", "ok"],
    ["5.0.0", "ok"],
  ])("takes Wrangler %s to be %s", (version, state) => {
    expect(checkWrangler(withWrangler(version)).state).toBe(state);
  });

  it("finds the one of this repository, and misses it elsewhere", () => {
    expect(checkWrangler(resolve(import.meta.dirname, "../../../..")).state).toBe("ok");
    expect(checkWrangler(folder)).toMatchObject({ state: "warning", fix: "npm install -D wrangler" });
  });
});
