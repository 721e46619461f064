import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { dashboardFolder } from "../../src/cli/dashboard/dashboard-folder.ts";

/** What somebody on call has to load over a bad line, everything included: script, style, font, icon. */
const MAX_BYTES = 150_000;

it("is less than 150 kB gzipped, in all", async () => {
  const folder = await dashboardFolder();
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const sizes = files.map(
    ({ parentPath, name }) => gzipSync(readFileSync(join(parentPath, name)), { level: 9 }).length,
  );
  expect(files.length).toBeGreaterThan(3);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_BYTES);
});
