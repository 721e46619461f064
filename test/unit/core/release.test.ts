import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { HEDDLE_RELEASE } from "../../../src/core/release.ts";

it("is the version of the package", () => {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  expect((JSON.parse(text) as { version: string }).version).toBe(HEDDLE_RELEASE);
});
