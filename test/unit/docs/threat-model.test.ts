import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const readme = readFileSync(join(ROOT, "README.md"), "utf8");
const section = /^## Security\n([\s\S]*?)^## /m.exec(readme)?.[1] ?? "";
/** As GitHub makes them of headings, which here have no punctuation. */
const anchors = [...readme.matchAll(/^#+ (.+)$/gm)].map(
  ([, heading]) => `#${heading!.toLowerCase().replaceAll(" ", "-")}`,
);
const references = [...section.matchAll(/\]\(([^\s)]+)(?: "([^"]+)")?\)/g)].map(([, file, title]) => ({
  file: file!,
  title,
}));

describe("the threat model", () => {
  it("names a test for what it says", () => {
    expect(references.filter(({ title }) => title !== undefined).length).toBeGreaterThan(25);
  });

  it.each(references)("refers to what is there: $file, $title", ({ file, title }) => {
    if (file.startsWith("#")) return expect(anchors).toContain(file);
    expect(existsSync(join(ROOT, file))).toBe(true);
    if (title !== undefined) expect(readFileSync(join(ROOT, file), "utf8")).toContain(title);
  });
});

describe("the edge Worker", () => {
  it("has no binding to tokens and the audit log", () => {
    const [edge, control] = ["wrangler.toml", "workers/control/wrangler.toml"].map((file) =>
      readFileSync(join(ROOT, file), "utf8"),
    );
    expect(control).toMatch(/"ACCESS_CONTROL"/);
    expect(edge).not.toContain("ACCESS_CONTROL");
  });
});
