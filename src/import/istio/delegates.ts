/**
 * VirtualServices that hand a part of their routes to others. A delegated route is the delegate's with what the root adds:
 * its conditions, and what it does where the delegate says nothing of that.
 *
 * Source: istio/istio, pilot/pkg/model/virtualservice.go (mergeHTTPRoute, hasConflict).
 */

import type { Notes } from "../proxy/notes.ts";
import { SourceNode } from "../proxy/source-node.ts";
import { isObject } from "../source-document.ts";
import { isExported, type Resource } from "./resources.ts";

type Plain = Readonly<Record<string, unknown>>;

/** What the delegate takes from the root where it has none of its own. */
const INHERITED = [
  "rewrite",
  "directResponse",
  "timeout",
  "retries",
  "fault",
  "mirror",
  "mirrorPercent",
  "mirrorPercentage",
  "mirrors",
  "corsPolicy",
  "headers",
];

export interface HttpRoutes {
  readonly routes: readonly SourceNode[];
  /** Those that were made here, for `finish`. */
  readonly made: readonly SourceNode[];
}

/** The HTTP routes of a VirtualService with those of its delegates in their places. */
export function httpRoutesOf(root: Resource, all: readonly Resource[], notes: Notes): HttpRoutes {
  const made: SourceNode[] = [];
  const routes = root.spec.objects("http").flatMap((http) => {
    const reference = http.object("delegate");
    if (reference === undefined) return [http];
    http.ignore(...http.names());
    const name = reference.text("name") ?? "";
    const namespace = reference.text("namespace") ?? root.namespace;
    const delegate = all.find((other) => other.name === name && other.namespace === namespace);
    if (delegate === undefined || !isExported(delegate.spec.texts("exportTo"), namespace, root.namespace)) {
      reference.note("", `${namespace}/${name} is not among the VirtualServices that ${root.namespace} sees`);
      return [];
    }
    if (delegate.spec.texts("hosts").length > 0) {
      reference.note("", `${namespace}/${name} has hosts of its own, so it cannot be a delegate`);
      return [];
    }
    const merged = mergedRoutes(http, delegate, notes);
    made.push(...merged);
    return merged;
  });
  return { routes, made };
}

function mergedRoutes(http: SourceNode, delegate: Resource, notes: Notes): SourceNode[] {
  const root = plainOf(http);
  return delegate.spec.objects("http").flatMap((node, index) => {
    const own = plainOf(node);
    node.ignore(...node.names());
    const match = mergeMatches(listOf(root.match), listOf(own.match));
    if (match === null) {
      node.note("match", "contradicts the route that delegates to it, so it never fits", "changed");
      return [];
    }
    const inherited = Object.fromEntries(INHERITED.flatMap((field) => (field in root ? [[field, root[field]]] : [])));
    const name = [root.name, own.name].filter((part) => typeof part === "string").join("-");
    const value = { ...inherited, ...own, ...(match.length > 0 && { match }), ...(name !== "" && { name }) };
    return [new SourceNode(value, { notes, document: delegate.document, path: ["spec", "http", index] })];
  });
}

/** Every pair that does not contradict itself; null when none is left. */
function mergeMatches(roots: readonly Plain[], leaves: readonly Plain[]): readonly Plain[] | null {
  if (roots.length === 0) return leaves;
  if (leaves.length === 0) return roots;
  const merged = roots.flatMap((root) =>
    leaves.filter((leaf) => !contradicts(root, leaf)).map((leaf) => merge(root, leaf)),
  );
  return merged.length === 0 ? null : merged;
}

const MAPS = ["headers", "withoutHeaders", "queryParams", "sourceLabels"];

function merge(root: Plain, leaf: Plain): Plain {
  const maps = MAPS.flatMap((field) => {
    const both = { ...plain(root[field]), ...plain(leaf[field]) };
    return Object.keys(both).length > 0 ? [[field, both]] : [];
  });
  return { ...root, ...leaf, ...Object.fromEntries(maps) };
}

function contradicts(root: Plain, leaf: Plain): boolean {
  const texts = ["uri", "scheme", "method", "authority"].some((field) => excludes(root[field], leaf[field]));
  const maps = ["headers", "withoutHeaders", "queryParams"].some((field) => {
    const [ours, theirs] = [plain(root[field]), plain(leaf[field])];
    return Object.keys(theirs).some((name) => excludes(ours[name], theirs[name]));
  });
  const plains = ["ignoreUriCase", "port", "sourceNamespace"].some(
    (field) => root[field] !== undefined && leaf[field] !== undefined && root[field] !== leaf[field],
  );
  return texts || maps || plains;
}

/** Whether the delegate's text match asks for more than the root's gives. Regular expressions cannot be compared. */
function excludes(root: unknown, leaf: unknown): boolean {
  if (!isObject(root) || !isObject(leaf)) return false;
  if (root.regex !== undefined || leaf.regex !== undefined) return true;
  if (typeof root.exact === "string") return leaf.exact !== root.exact;
  if (typeof root.prefix !== "string") return false;
  const wanted = leaf.exact ?? leaf.prefix;
  return typeof wanted === "string" && !wanted.startsWith(root.prefix);
}

function plainOf(node: SourceNode): Plain {
  return Object.fromEntries(node.names().map((name) => [name, node.raw(name)]));
}

function plain(value: unknown): Plain {
  return isObject(value) ? value : {};
}

function listOf(value: unknown): readonly Plain[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
