import { type JsonSchema, jsonSchema, shapesOf } from "./json-schema.ts";

interface Section {
  readonly path: string;
  readonly text: string;
  readonly rows: readonly string[];
}

const PREFACE = `# Config reference

Generated from the schema (\`heddle schema --docs\`). A config is YAML, JSON or TypeScript; all have these fields. Every
field says what it means, its range, its default and where the default comes from. Durations are written as in the
Gateway API: \`250ms\`, \`15s\`, \`1m30s\`. Keys that are not listed are faults.
`;

/** Markdown for every field of a config: one table for each object, in the order of the schema. */
export function referenceDocs(): string {
  const sections = sectionsOf("", jsonSchema()).map(
    ({ path, text, rows }) =>
      `\n## ${path === "" ? "The file" : `\`${path}\``}\n\n${text === "" ? "" : `${text}\n\n`}| field | type | meaning |\n| --- | --- | --- |\n${rows.join("\n")}\n`,
  );
  return PREFACE + sections.join("");
}

/** The sections of an object and, after it, of all objects below it. What holds no object has none. */
function sectionsOf(path: string, schema: JsonSchema): Section[] {
  const shapes = shapesOf(schema);
  return shapes.flatMap((shape) => {
    if (isSchema(shape.items)) return sectionsOf(`${path}[]`, shape.items);
    if (shape.properties === undefined) {
      return isSchema(shape.additionalProperties) ? sectionsOf(`${path}.<name>`, shape.additionalProperties) : [];
    }
    const fields = Object.entries(shape.properties as Record<string, JsonSchema>);
    const heading = shapes.length === 1 ? path : `${path} (${fields[0]![0]}${literal(fields[0]![1])})`;
    const rows = fields.map(([name, field]) => `| \`${name}\` | ${typeOf(field)} | ${cell(field.description ?? "")} |`);
    const own = { path: heading, text: schema.description ?? "", rows };
    return [own, ...fields.flatMap(([name, field]) => sectionsOf(path === "" ? name : `${path}.${name}`, field))];
  });
}

/** `isAlone`: the field's own description says what it may be one of. */
function typeOf(schema: JsonSchema, isAlone = true): string {
  const shapes = shapesOf(schema);
  if (shapes.length > 1) return [...new Set(shapes.map((shape) => typeOf(shape, false)))].join(" or ");
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum !== undefined) return isAlone ? "one of" : schema.enum.map((value) => `\`${value}\``).join(", ");
  if (isSchema(schema.items)) return `list of ${typeOf(schema.items, false)}`;
  if (schema.properties === undefined && isSchema(schema.additionalProperties)) {
    return `${typeOf(schema.additionalProperties)} by name`;
  }
  if (schema.pattern?.includes("(h|m|s|ms)")) return "duration";
  switch (schema.type) {
    case "string":
      return "text";
    case "integer":
      return "whole number";
    case "boolean":
      return "true or false";
    default:
      return String(schema.type ?? "anything");
  }
}

function literal({ const: value }: JsonSchema): string {
  return value === undefined ? "" : `: ${value}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
