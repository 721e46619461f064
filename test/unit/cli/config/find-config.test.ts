import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { findConfig } from "../../../../src/cli/config/find-config.ts";

describe("findConfig", () => {
  it("takes the one that was named, there or not", () => {
    expect(findConfig("some/where.yaml", {})).toBe(resolve("some/where.yaml"));
  });

  it("looks for the usual names where the user is, and says which when there is none", () => {
    const here = mkdtempSync(join(tmpdir(), "heddle-test-"));
    const back = process.cwd();
    process.chdir(here);
    try {
      expect(() => findConfig(null, {})).toThrow("looked for heddle.yaml, heddle.yml, heddle.json, heddle.config.ts");
      writeFileSync("heddle.config.ts", "");
      expect(findConfig(null, {})).toBe(join(process.cwd(), "heddle.config.ts"));
      writeFileSync("heddle.json", "");
      expect(findConfig(null, {})).toBe(join(process.cwd(), "heddle.json"));
    } finally {
      process.chdir(back);
      rmSync(here, { recursive: true });
    }
  });
});
