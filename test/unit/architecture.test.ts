import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");

/** Which layers each layer may import besides itself. Longest matching prefix names the layer of a file. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  "src/core": [],
  "src/config": ["src/core"],
  "src/edge": ["src/core", "src/config", "src/security", "src/telemetry"],
  "src/security": ["src/core", "src/config"],
  "src/telemetry": ["src/core", "src/config"],
  "src/simulate": ["src/core", "src/config"],
  "src/import": ["src/core", "src/config"],
  "src/discovery": ["src/core", "src/config", "src/security"],
  "durable-objects": ["src/core", "src/config", "src/security", "src/telemetry", "src/discovery"],
  "src/library": ["src/core", "src/edge", "src/security", "src/telemetry", "src/discovery", "durable-objects"],
  "workers/edge": ["src/library"],
  "workers/control": ["src/core", "src/config", "src/security", "src/telemetry", "src/discovery", "durable-objects"],
  "src/agent": [],
  "src/verify": ["src/core", "src/security"],
  "src/cli": ["src/core", "src/config", "src/edge", "src/security", "src/telemetry", "src/simulate", "src/import"],
};

/** Packages that must never reach the edge bundle or the objects beside it. */
const KEPT_FROM_THE_EDGE = ["zod", "yaml", "hono"];

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesBelow(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

function layerOf(path: string): string | undefined {
  return Object.keys(MAY_IMPORT)
    .filter((layer) => path.startsWith(`${layer}/`))
    .sort((a, b) => b.length - a.length)[0];
}

const sources = ["src", "workers", "durable-objects"]
  .flatMap((folder) => filesBelow(join(root, folder)))
  .map((path) => {
    const text = readFileSync(path, "utf8");
    const imports = [...text.matchAll(/^\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"/gm)].map((m) => m[1]!);
    const typeOnly = new Set(
      [...text.matchAll(/^\s*(?:import|export)\s+type\s[^;]*?from\s+"([^"]+)"/gm)].map((m) => m[1]!),
    );
    return { path: relative(root, path), text, imports, typeOnly };
  });

const local = (file: string, specifier: string) => relative(root, resolve(root, dirname(file), specifier));

describe("the architecture", () => {
  it("lets each layer import only what the table allows", () => {
    const faults = sources.flatMap(({ path, imports }) => {
      const layer = layerOf(path);
      if (layer === undefined) return [];
      return imports
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => local(path, specifier))
        .filter((target) => {
          const targetLayer = layerOf(target);
          return targetLayer !== undefined && targetLayer !== layer && !MAY_IMPORT[layer]!.includes(targetLayer);
        })
        .map((target) => `${path} imports ${target}`);
    });
    expect(faults).toEqual([]);
  });

  it("keeps packages, the platform, the clock and chance out of the core", () => {
    const faults = sources
      .filter(({ path }) => path.startsWith("src/core/"))
      .flatMap(({ path, text, imports }) => [
        ...imports.filter((specifier) => !specifier.startsWith(".")).map((specifier) => `${path} imports ${specifier}`),
        ...[...text.matchAll(/\b(Date\.now|Math\.random|performance\.now|setTimeout|crypto\.)\b/g)].map(
          (match) => `${path} uses ${match[1]}`,
        ),
      ]);
    expect(faults).toEqual([]);
  });

  it("keeps the schema, YAML and Hono away from what runs at the edge", () => {
    const byPath = new Map(sources.map((source) => [source.path, source]));
    const reached = new Set<string>();
    const queue = sources.filter(({ path }) => path.startsWith("workers/edge/")).map(({ path }) => path);
    const faults: string[] = [];
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      if (reached.has(path)) continue;
      reached.add(path);
      const source = byPath.get(path);
      if (source === undefined) continue;
      for (const specifier of source.imports) {
        if (source.typeOnly.has(specifier)) continue;
        if (specifier.startsWith(".")) queue.push(local(path, specifier));
        else if (KEPT_FROM_THE_EDGE.includes(specifier)) faults.push(`${path} imports ${specifier}`);
      }
    }
    expect(faults).toEqual([]);
  });

  it("has no import cycles", () => {
    const graph = new Map(
      sources.map(({ path, imports, typeOnly }) => [
        path,
        imports.filter((s) => s.startsWith(".") && !typeOnly.has(s)).map((s) => local(path, s)),
      ]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
        return;
      }
      if (done.has(path)) return;
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    };
    for (const path of graph.keys()) visit(path, []);
    expect(cycles).toEqual([]);
  });

  it("has no folder or file that says nothing about its contents", () => {
    const vague = sources
      .map(({ path }) => path)
      .filter((path) => /(^|\/)(utils?|helpers?|common|misc)(\/|\.ts$)/.test(path));
    expect(vague).toEqual([]);
  });
});
