import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { promtool } from "./prometheus.ts";

const RULES = fileURLToPath(new URL("../../../src/telemetry/prometheus/heddle.rules.yml", import.meta.url));
const TESTS = fileURLToPath(new URL("./rules.yml", import.meta.url));

it("the shipped rules pass promtool's check", async () => {
  const { code, output } = await promtool(["check", "rules", "--lint-fatal", RULES]);
  expect(output).toContain("SUCCESS");
  expect(code).toBe(0);
});

it("the shipped alerts are raised for what they are there for, and not otherwise", async () => {
  const { code, output } = await promtool(["test", "rules", TESTS]);
  expect(code, output).toBe(0);
});
