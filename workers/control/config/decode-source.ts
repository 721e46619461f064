/**
 * The text of a config → decoded config, within the memory that an isolate has.
 *
 * Reading with lines keeps the tree of the whole text: about 100 bytes of heap for each character (measured: 918,000
 * characters of YAML need 80 to 100 MB, 1,430,000 need 130 to 200). An isolate has 128 MB. Up to MAX_WITH_LINES everything
 * is read so; above it JSON is read without the tree and its faults have no lines, and YAML is refused.
 */
import { MAX_CHARACTERS, MAX_WITH_LINES } from "../../../src/config/decode/bounds.ts";
import { jsonErrorOf } from "../../../src/config/decode/json-error.ts";
import { type DecodeResult, decodeConfig, parseConfig } from "../../../src/config/decode.ts";
import type { ConfigSource } from "../../../src/core/mesh-version.ts";

/** Never throws. */
export function decodeSource({ text, format }: ConfigSource): DecodeResult {
  if (text.length <= MAX_WITH_LINES || text.length > MAX_CHARACTERS) return parseConfig(text, { format });
  if (format === "yaml") {
    return fault(
      `is too large to be read as YAML here: ${text.length} characters, at most ${MAX_WITH_LINES}; as JSON it may have ${MAX_CHARACTERS}`,
    );
  }
  const bare = text.startsWith("\ufeff") ? text.slice(1) : text;
  const error = jsonErrorOf(bare);
  if (error !== null) return fault(`is not JSON: ${error.message}, at character ${error.offset + 1}`);
  return decodeConfig(JSON.parse(bare));
}

function fault(message: string): DecodeResult {
  return { ok: false, faults: [{ path: "", message }] };
}
