import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const run = (...args: string[]) =>
  execFileSync(process.execPath, [".ci/sbom.mjs", ...args], { cwd: ROOT, encoding: "utf8" });

interface Bom {
  readonly bomFormat: string;
  readonly components: readonly {
    readonly name: string;
    readonly purl: string;
    readonly licenses?: unknown;
    readonly hashes?: unknown;
  }[];
}

describe("packages", () => {
  it("have digests and licences, and run no script that nobody decided about", () => {
    expect(run("--check")).toBe("");
  });

  it("that are shipped are in a bill of materials, the same each time", () => {
    const text = run();
    expect(run()).toBe(text);
    const { bomFormat, components } = JSON.parse(text) as Bom;
    expect(bomFormat).toBe("CycloneDX");
    const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { dependencies: object };
    expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies)));
    expect(components.filter(({ licenses }) => licenses === undefined)).toEqual([]);
    const bill = JSON.parse(run("--all")) as Bom;
    expect(bill.components.length).toBeGreaterThan(components.length);
  });
});
