import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../../src/config/decode.ts";
import { jsonSchema, jsonSchemaText, knownKeys } from "../../../src/config/json-schema.ts";
import { referenceDocs } from "../../../src/config/reference-docs.ts";
import { meshSchema } from "../../../src/config/schema/mesh.ts";
import { routeSchema } from "../../../src/config/schema/routes.ts";
import { arbitraryConfig, objectsIn } from "./arbitrary-config.ts";
import { BARE, SMALLEST_JSON } from "./smallest.ts";

const root = resolve(import.meta.dirname, "../../..");
const read = (file: string) => readFileSync(resolve(root, file), "utf8");

describe("the JSON Schema", () => {
  const accepts = new Ajv({ allowUnionTypes: true, strictTypes: false, strictRequired: false }).compile(jsonSchema());

  it("accepts the smallest configs", () => {
    expect(accepts(JSON.parse(SMALLEST_JSON))).toBe(true);
    expect(accepts(BARE)).toBe(true);
  });

  it("accepts what the decoder accepts", () => {
    fc.assert(
      fc.property(arbitraryConfig, (config) => {
        accepts(JSON.parse(JSON.stringify(config)));
        expect(accepts.errors).toBeNull();
      }),
      { seed: 8, numRuns: 100 },
    );
  });

  it("refuses an unknown key wherever it is", () => {
    fc.assert(
      fc.property(arbitraryConfig, fc.nat(), (config, at) => {
        const copy = JSON.parse(JSON.stringify(config));
        const places = objectsIn(copy);
        Object.assign(places[at % places.length]!.object, { zzzzzzzz: 1 });
        expect(accepts(copy)).toBe(false);
      }),
      { seed: 9, numRuns: 100 },
    );
  });

  it("stands in its file as it is", () => {
    expect(read("heddle.schema.json")).toBe(jsonSchemaText());
  });
});

describe("the example", () => {
  it("names the schema, is accepted by it and by the decoder", () => {
    const text = read("heddle.yaml");
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/heddle\.schema\.json\n/);
    expect(parseConfig(text)).toMatchObject({ ok: true });
    expect(new Ajv({ strict: false }).validate(jsonSchema(), parse(text))).toBe(true);
  });
});

describe("the reference", () => {
  it("stands in its file as it is", () => {
    expect(read("src/config/REFERENCE.md")).toBe(referenceDocs());
  });

  it("has a row for every field", () => {
    const docs = referenceDocs();
    expect(docs).toContain("| `baseEjectionTime` | duration | First ejection;");
    expect(docs).toContain("## `routes[].rules[].matches[].path`");
    expect(docs).toContain("## `services.<name>.healthChecks[] (type: tcp)`");
  });
});

describe("knownKeys", () => {
  it.each([
    ["the file", [], Object.keys(meshSchema.shape)],
    ["an object below a name", ["services", "shop", "slowStart"], ["window", "aggression", "minWeightPercent"]],
    ["an entry of a list", ["routes", 0], Object.keys(routeSchema.shape)],
    ["all shapes of a choice", ["services", "shop", "fallback", 1], ["service", "staleIfError", "response"]],
    ["nothing that the schema knows", ["services", "shop", "nowhere"], []],
  ])("gives those of %s", (_, path, keys) => {
    expect([...knownKeys(path)].sort()).toEqual([...keys].sort());
  });

  it("gives those of the shape that an object says it has, and those of all when it has none", () => {
    const of = (object: unknown) => knownKeys(["credentials", "mine"], undefined, object);
    expect(of({ type: "HMAC", kye: 1 })).toEqual(["type", "keyId", "key", "body", "maxBodyBytes"]);
    expect(of({ type: "HMACK" })).toEqual(of(undefined));
    expect(of({ type: "HMACK" })).toContain("tokenUrl");
  });
});
