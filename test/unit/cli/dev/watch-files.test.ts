import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FileWatch, watchFiles } from "../../../../src/cli/dev/watch-files.ts";

let folder: string;
let path: string;
let watch: FileWatch;
let changes: number;
let onChange: () => void;
/** Lets the watch look once, and resolves when it has. */
let look: () => Promise<void>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "heddle-test-"));
  path = join(folder, "a.yaml");
  writeFileSync(path, "1");
  changes = 0;
  onChange = () => {};
  let go = () => {};
  let onPaused = () => {};
  const pause = () => {
    onPaused();
    return new Promise<void>((resolve) => {
      go = resolve;
    });
  };
  look = () =>
    new Promise<void>((resolve) => {
      onPaused = resolve;
      go();
    });
  watch = watchFiles(async () => {
    changes++;
    onChange();
  }, pause);
  await watch.watch([path]);
});
afterEach(() => {
  watch.stop();
  rmSync(folder, { recursive: true });
});

describe("watchFiles", () => {
  it.each<[string, () => void]>([
    ["a change", () => writeFileSync(path, "22")],
    [
      "a replacement",
      () => {
        writeFileSync(`${path}.tmp`, "3");
        renameSync(`${path}.tmp`, path);
      },
    ],
    ["a removal", () => rmSync(path)],
  ])("tells of %s once, when it has settled", async (_, step) => {
    step();
    await look();
    expect(changes).toBe(0);
    for (let i = 0; i < 3; i++) await look();
    expect(changes).toBe(1);
  });

  it("tells of a file that comes back", async () => {
    rmSync(path);
    await look();
    await look();
    writeFileSync(path, "1");
    await look();
    await look();
    expect(changes).toBe(2);
  });

  it("waits until several quick writes are over", async () => {
    for (let i = 2; i <= 5; i++) {
      writeFileSync(path, "x".repeat(i));
      await look();
    }
    expect(changes).toBe(0);
    await look();
    expect(changes).toBe(1);
  });

  it("is silent without changes, and about files it was not told of", async () => {
    writeFileSync(join(folder, "b.yaml"), "1");
    for (let i = 0; i < 3; i++) await look();
    expect(changes).toBe(0);
    await watch.watch([path, join(folder, "b.yaml")]);
    writeFileSync(join(folder, "b.yaml"), "22");
    for (let i = 0; i < 3; i++) await look();
    expect(changes).toBe(1);
  });

  it("does not miss a change that comes while the last one is handled", async () => {
    onChange = () => {
      if (changes === 1) writeFileSync(path, "333");
    };
    writeFileSync(path, "22");
    for (let i = 0; i < 4; i++) await look();
    expect(changes).toBe(2);
  });
});
