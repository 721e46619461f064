/**
 * Refuses what looks like a secret in a config: configs are committed, shown, compared and kept in versions, and secrets must
 * not be. Looks at every text whatever field it is in, also where the shape is wrong. README.md says what is found and how.
 */
import { type FaultPath, formatPath } from "../fault.ts";
import { type Finding, isRecord } from "../schema/finding.ts";
import { knownFormatIn } from "./formats.ts";
import { lookAt } from "./look.ts";
import { remedyOf } from "./remedy.ts";

/** So much of a value is told: prefixes of known formats, and too little to guess the rest. */
const TOLD = 4;
/** Configs are no deeper; what is has cycles, which only values that never were text have. */
const MAX_DEPTH = 64;

/** Members of a JWK that only its owner may know (RFC 7518 §6). */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/** Every secret that a config holds, less those that `lint.allow` lists. Never throws, whatever the value is. Linear. */
export function* secretFindings(config: unknown): Iterable<Finding> {
  if (!isRecord(config)) return;
  const allowed = allowedPaths(config);
  const unused = new Set(allowed);
  for (const { path, text, name, besideKeyId } of textsOf(config)) {
    if (allowed.size > 0) {
      const place = formatPath(path);
      unused.delete(place);
      if (allowed.has(place)) continue;
    }
    const look = lookAt(text, name, besideKeyId);
    if (look !== null) yield finding(path, text, look.what, remedyOf(path, name, look.prefix));
  }
  for (const { path, value } of privateMembersOf(config)) {
    if (allowed.has(formatPath(path))) continue;
    const text = "Give public keys, or a secret that holds the JWKS.";
    yield finding(path, value, "a private part of a JSON Web Key", { text });
  }
  for (const [index, path] of [...allowed].entries()) {
    if (unused.has(path)) yield { path: ["lint", "allow", index], message: "names no text of this config" };
  }
}

function finding(path: FaultPath, value: string, what: string, remedy: { text: string; instead?: string }): Finding {
  const shown = `"${[...value].slice(0, Math.min(TOLD, value.length >> 1)).join("")}…"`;
  const message = `looks like ${what}: ${shown}. A config must not hold secrets. ${remedy.text} If it is none, list its path in lint.allow`;
  return {
    path,
    message,
    isSecret: true,
    ...(remedy.instead !== undefined && { suggestion: remedy.instead }),
  };
}

function allowedPaths(config: Record<string, unknown>): ReadonlySet<string> {
  const allow = isRecord(config.lint) ? config.lint.allow : null;
  return new Set(Array.isArray(allow) ? allow.filter((path) => typeof path === "string") : []);
}

interface Text {
  readonly path: FaultPath;
  readonly text: string;
  readonly name: string;
  readonly besideKeyId: boolean;
}

interface Place {
  readonly path: FaultPath;
  readonly value: unknown;
  readonly name: string;
  readonly besideKeyId: boolean;
}

/** Every text, with the name it goes by. Objects that aliases share are walked once. */
function* textsOf(config: Record<string, unknown>): Iterable<Text> {
  const seen = new Set<unknown>();
  const places: Place[] = [{ path: [], value: config, name: "", besideKeyId: false }];
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    const { path, value, name, besideKeyId } = place;
    if (typeof value === "string") {
      if (path[0] !== "lint") yield { path, text: value, name, besideKeyId };
      continue;
    }
    if (typeof value !== "object" || value === null || seen.has(value) || path.length > MAX_DEPTH) continue;
    seen.add(value);
    if (Array.isArray(value)) {
      for (let i = value.length - 1; i >= 0; i -= 1) {
        places.push({ path: [...path, i], value: value[i], name, besideKeyId });
      }
      continue;
    }
    const entries = Object.entries(value);
    const hasKeyId = entries.some(([, child]) => typeof child === "string" && isKeyId(child));
    const { name: called } = value as Record<string, unknown>;
    for (const [key, child] of entries.reverse()) {
      // { name: x-api-key, value: … } is a header, or a parameter, of that name.
      const childName = key === "value" && typeof called === "string" ? called : key;
      places.push({ path: [...path, key], value: child, name: childName, besideKeyId: hasKeyId });
    }
  }
}

function isKeyId(text: string): boolean {
  return text.length <= 128 && knownFormatIn(text)?.what === "an access key of AWS";
}

/** Of keys that the schema of authentication does not look at itself. */
function* privateMembersOf(config: Record<string, unknown>): Iterable<{ path: FaultPath; value: string }> {
  const seen = new Set<unknown>();
  const places: { path: FaultPath; value: unknown }[] = [{ path: [], value: config }];
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    const { path, value } = place;
    if (typeof value !== "object" || value === null || seen.has(value) || path.length > MAX_DEPTH) continue;
    if (path[0] === "authentication") continue;
    seen.add(value);
    if (isRecord(value) && typeof value.kty === "string") {
      for (const member of PRIVATE_MEMBERS) {
        const part = value[member];
        if (typeof part === "string" && part !== "") yield { path: [...path, member], value: part };
      }
    }
    for (const [key, child] of Object.entries(value)) {
      places.push({ path: [...path, Array.isArray(value) ? Number(key) : key], value: child });
    }
  }
}
