import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeProject } from "../../../../src/cli/init/write-project.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "heddle-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const files = [
  { path: "a.txt", text: "a" },
  { path: "deep/er/b.txt", text: "b" },
];

it("writes files and the folders they are in, and says what it did", async () => {
  const target = join(folder, "new");
  expect(await writeProject(target, files, false)).toEqual([
    { path: "a.txt", did: "wrote" },
    { path: "deep/er/b.txt", did: "wrote" },
  ]);
  expect(readFileSync(join(target, "deep/er/b.txt"), "utf8")).toBe("b");
});

it("keeps what is there unless it is forced", async () => {
  writeFileSync(join(folder, "a.txt"), "mine");
  const did = async (force: boolean) => (await writeProject(folder, files, force)).map((file) => file.did);
  expect(await did(false)).toEqual(["kept", "wrote"]);
  expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("mine");
  expect(await did(true)).toEqual(["replaced", "same"]);
  expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("a");
});

it("throws for what cannot be written", async () => {
  writeFileSync(join(folder, "deep"), "a file where a folder has to be");
  await expect(writeProject(folder, files, true)).rejects.toMatchObject({ code: "ENOTDIR" });
});
