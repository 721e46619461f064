/**
 * Config → decoded config, or every fault in it at once. Text is read first; what is not YAML or JSON has only faults
 * of syntax, since nothing else can be said of it.
 */
import { type Decoded, decodeAs, parseAs } from "./decode/decode-as.ts";
import type { Fault, FaultPath } from "./fault.ts";
import { knownKeys } from "./json-schema.ts";
import { commentFaults } from "./lint/comments.ts";
import { withoutKnownSecrets } from "./lint/formats.ts";
import { type MeshConfig, meshSchema } from "./schema/mesh.ts";

export type DecodeResult =
  | { readonly ok: true; readonly config: MeshConfig }
  | { readonly ok: false; readonly faults: readonly Fault[] };

export interface ParseOptions {
  /** Default: json for a `file` that ends in .json, else yaml. */
  readonly format?: "yaml" | "json";
  /** Name of the file, for the default of `format`. */
  readonly file?: string;
}

const MESH = { schema: meshSchema, keysAt: (path: FaultPath, object: unknown) => knownKeys(path, undefined, object) };

/** Decodes the text of a config. Faults have paths, lines and columns, and are in the order of the text. Never throws. */
export function parseConfig(text: string, options: ParseOptions = {}): DecodeResult {
  const format = options.format ?? (options.file?.endsWith(".json") ? "json" : "yaml");
  const decoded = asConfig(parseAs(MESH, text, format));
  // A text that could not be read has no comments that could be told from the rest.
  const comments = format === "yaml" ? commentFaults(text) : [];
  if (comments.length === 0) return decoded;
  const faults = [...(decoded.ok ? [] : decoded.faults), ...comments];
  return { ok: false, faults: faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

/** Decodes a config that is a value already, such as the default export of heddle.config.ts. Never throws. */
export function decodeConfig(value: unknown): DecodeResult {
  return asConfig(decodeAs(MESH, value));
}

function asConfig(decoded: Decoded<MeshConfig>): DecodeResult {
  if (decoded.ok) return { ok: true, config: decoded.value };
  // Parsers quote what they do not understand.
  return {
    ok: false,
    faults: decoded.faults.map((fault) => ({ ...fault, message: shortened(withoutKnownSecrets(fault.message)) })),
  };
}

/** Longest message of a fault, UTF-16 units: some quote what was written, which may be anything. */
const MAX_MESSAGE = 1_000;

function shortened(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 1)}…` : message;
}
