/** Configs, as text and as values, and what is compiled from those that are accepted. */
import fc from "fast-check";
import { checkMesh } from "../../../durable-objects/mesh-config/check-mesh.ts";
import { compileMesh } from "../../../src/config/compile.ts";
import { type DecodeResult, decodeConfig, parseConfig } from "../../../src/config/decode.ts";
import { parseDuration } from "../../../src/config/duration.ts";
import { compilePattern } from "../../../src/config/regex/compile-pattern.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import { accepts, openAutomaton } from "../../../src/core/route/automaton.ts";
import { garbled, mutated } from "../mutations.ts";
import { configTexts, configValues } from "../samples.ts";
import { fuzzTarget, must } from "../target.ts";

/** What was refused says where and why; what was accepted compiles to a mesh that the object takes. */
async function holdsFor(decoded: DecodeResult): Promise<void> {
  if (!decoded.ok) {
    must(decoded.faults.length > 0, "it was refused without a fault");
    for (const { message } of decoded.faults) {
      must(message.length > 0 && message.length <= 1_000, `a fault of ${message.length} characters`);
    }
    return;
  }
  const mesh = await compileMesh(decoded.config, { nowMs: 1 });
  const carried = JSON.parse(JSON.stringify(mesh)) as Mesh;
  const checked = checkMesh(carried);
  must(checked.ok, `what was compiled is refused: ${checked.ok ? "" : checked.detail}`);
}

export const configTargets = [
  fuzzTarget(
    {
      name: "config-text",
      holds: "the text of a config is refused with faults that say where and why, or compiles to a mesh that runs",
      cases: 600,
    },
    garbled(configTexts),
    (text) => holdsFor(parseConfig(text)),
  ),
  fuzzTarget(
    {
      name: "config-json",
      holds: "a config as JSON text is refused with faults, or compiles to a mesh that runs",
      cases: 600,
    },
    garbled(configValues.map((value) => JSON.stringify(value))),
    (text) => holdsFor(parseConfig(text, { format: "json" })),
  ),
  fuzzTarget(
    {
      name: "config-value",
      holds: "a config with anything wrong in it is refused with faults, or compiles to a mesh that runs",
      cases: 1_500,
    },
    mutated(configValues),
    (value) => holdsFor(decodeConfig(value)),
  ),
  fuzzTarget(
    {
      name: "duration",
      holds: "a duration is a number of milliseconds, finite and not negative, or none",
      cases: 5_000,
    },
    garbled(["1s", "250ms", "1m30s", "24h", "0.5s"]),
    (text) => {
      const ms = parseDuration(text);
      must(ms === null || (Number.isFinite(ms) && ms >= 0), `${text} is ${ms}`);
    },
  ),
  fuzzTarget(
    {
      name: "pattern",
      holds: "a pattern is refused with a place in it, or makes an automaton that answers in time linear in the text",
      cases: 3_000,
    },
    fc.tuple(
      garbled([
        "/items/[0-9]{1,6}",
        "(a|b)*c+?",
        "^[^/]+\\.example\\.com$",
        "(?i)x{2,9}\\pL+",
        "((a*)*)*b",
        "(x+x+)+y",
      ]),
      fc.string({ maxLength: 40, unit: fc.constantFrom("a", "b", "x", "/", "0", "é", "\ud800") }),
    ),
    ([pattern, text]) => {
      const compiled = compilePattern(pattern);
      if (!compiled.ok) {
        must(
          compiled.at >= 0 && compiled.at <= pattern.length && compiled.message !== "",
          "a fault outside the pattern",
        );
        return;
      }
      accepts(openAutomaton(compiled.whole), text.repeat(500), 0);
    },
  ),
];
