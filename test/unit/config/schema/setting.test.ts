import { describe, expect, it } from "vitest";
import * as z from "zod";
import { type JsonSchema, jsonSchema, shapesOf } from "../../../../src/config/json-schema.ts";
import { duration } from "../../../../src/config/schema/duration.ts";
import { asOverrides, derived, required, setting, withDefaults } from "../../../../src/config/schema/setting.ts";

const settings = {
  attempts: setting(z.int().min(0).max(10), "Further attempts.", 2, "two more clouds"),
  backoff: derived(duration("0s", "1m"), "The wait.", "25ms, as in Envoy"),
};

describe("a setting", () => {
  it("has its default where it is absent", () => {
    expect(z.strictObject(withDefaults(settings)).parse({})).toEqual({ attempts: 2 });
  });

  it("has no default where it overrides", () => {
    expect(z.strictObject(asOverrides(settings, "the service's")).parse({})).toEqual({});
  });

  it("says its range, its default and where that comes from", () => {
    const { attempts, backoff } = withDefaults(settings);
    expect(attempts.description).toBe("Further attempts. Range: 0 to 10, whole. Default: 2 (two more clouds).");
    expect(backoff.description).toBe("The wait. Range: 0s to 1m. Default: 25ms, as in Envoy.");
    expect(asOverrides(settings, "the service's").attempts.description).toBe(
      "Further attempts. Range: 0 to 10, whole. Default: the service's.",
    );
  });

  it.each([
    [z.number().gt(0).max(1), "Range: above 0 to 1."],
    [z.number().gt(0).lt(1), "Range: above 0 to below 1."],
    [z.enum(["a", "b"]), "One of: a, b."],
    [z.string(), ""],
  ])("tells the range of a schema from the schema: %#", (schema, range) => {
    expect(required(schema, "It.").description).toBe(["It.", range, "Required."].filter(Boolean).join(" "));
  });
});

describe("the schema", () => {
  it("describes every field, and says of each its default or that it is required", () => {
    const silent: string[] = [];
    const visit = (schema: JsonSchema, path: string): void => {
      for (const shape of shapesOf(schema)) {
        for (const [name, field] of Object.entries((shape.properties ?? {}) as Record<string, JsonSchema>)) {
          if (!/Default: .+\.$|Required\.$/.test(field.description ?? "")) silent.push(`${path}.${name}`);
          visit(field, `${path}.${name}`);
        }
        for (const part of [shape.items, shape.additionalProperties]) {
          if (typeof part === "object") visit(part as JsonSchema, `${path}[]`);
        }
      }
    };
    visit(jsonSchema(), "");
    expect(silent).toEqual([]);
  });

  it("bounds every number", () => {
    const unbounded = JSON.stringify(jsonSchema())
      .match(/\{[^{}]*"type":"(number|integer)"[^{}]*\}/g)!
      .filter((field) => !field.includes('"enum"'));
    expect(unbounded.length).toBeGreaterThan(50);
    for (const field of unbounded)
      expect(field).toMatch(/"(exclusiveMi|mi)nimum":.*"(exclusiveMa|ma)ximum":|aximum.*inimum/);
    expect(unbounded.join("")).not.toContain("9007199254740991");
  });
});
