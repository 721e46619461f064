import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isFresh } from "../../../../src/cli/dashboard/dashboard-folder.ts";

let folder: string;
let sources: string;
let built: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "heddle-dashboard-"));
  [sources, built] = [join(folder, "sources"), join(folder, "built")];
  for (const path of [join(sources, "src"), join(sources, "screenshots"), built]) mkdirSync(path, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (path: string, atSeconds: number) => {
  writeFileSync(path, "");
  utimesSync(path, atSeconds, atSeconds);
};

it("is stale before it was ever built", () => {
  expect(isFresh(sources, built)).toBe(false);
});

it("is fresh until a source changes, however deep", () => {
  write(join(built, "index.html"), 200);
  write(join(sources, "src/main.tsx"), 100);
  expect(isFresh(sources, built)).toBe(true);
  write(join(sources, "src/main.tsx"), 300);
  expect(isFresh(sources, built)).toBe(false);
});

it("is not made stale by pictures of it", () => {
  write(join(built, "index.html"), 200);
  write(join(sources, "screenshots/overview.png"), 300);
  expect(isFresh(sources, built)).toBe(true);
});
