import { resolve } from "node:path";
import { jsonSchemaText } from "../../config/json-schema.ts";
import { referenceDocs } from "../../config/reference-docs.ts";
import type { RunCommand } from "../command.ts";
import { writeWhole } from "./compile.ts";

/** `heddle schema [--docs]`: the JSON Schema of the config, or its reference in Markdown. */
export const schema: RunCommand = async (args, terminal) => {
  const text = args.has("docs") ? referenceDocs() : jsonSchemaText();
  const out = args.option("out");
  if (out === null) terminal.raw(text);
  else await writeWhole(resolve(out), text);
  return 0;
};
