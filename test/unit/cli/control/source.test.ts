import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSource } from "../../../../src/cli/control/source.ts";
import { MAX_WITH_LINES } from "../../../../src/config/decode/bounds.ts";

const SMALL =
  "services:\n  shop:\n    endpoints: [{ id: a, url: https://a.test }]\nroutes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]\n";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heddle-source-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function sourceOf(text: string) {
  const path = join(folder, "mesh.yaml");
  await writeFile(path, text);
  const read = await readSource(path, 0);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.source;
}

describe("readSource", () => {
  it("sends a file as it was written", async () => {
    expect(await sourceOf(SMALL)).toEqual({ text: SMALL, format: "yaml" });
  });

  it("sends what a large YAML file means as JSON, which needs less memory to be read", async () => {
    const { text, format } = await sourceOf(SMALL + `# ${"x".repeat(78)}\n`.repeat(MAX_WITH_LINES / 80));
    expect(format).toBe("json");
    expect(JSON.parse(text)).toMatchObject({ services: { shop: { endpoints: [{ id: "a", url: "https://a.test" }] } } });
  });
});
