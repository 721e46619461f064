/**
 * Under which hosts and paths a rule has to be looked for. An anchor never leaves out a request that the rule matches; it may
 * let others through, since every rule that is found is tried whole.
 */
import type { AttributeTest, AuthorizationRule } from "../mesh.ts";
import { isTemplate } from "./path-template.ts";
import { patternOf } from "./value-set.ts";

/** Hosts: a name, or ".example.com" for all that end like it; "" any. */
export interface Anchor {
  readonly host: string;
  readonly path: PathAnchor;
}

export type PathAnchor = { readonly type: "exact" | "prefix"; readonly text: string } | { readonly type: "any" };

const ANY_PATH: PathAnchor = { type: "any" };

/** Never empty: a rule that says nothing of hosts and paths is found under any. */
export function anchorsOf({ to }: AuthorizationRule): readonly Anchor[] {
  return (to ?? [[]]).flatMap((tests) => {
    const hosts = narrowest(tests, "host").map(hostAnchors);
    const paths = narrowest(tests, "path").map(pathAnchors);
    return (hosts[0] ?? [""]).flatMap((host) => (paths[0] ?? [ANY_PATH]).map((path) => ({ host, path })));
  });
}

/** The test of an attribute that asks for something; of several one is enough. */
function narrowest(tests: readonly AttributeTest[], attribute: "host" | "path"): readonly AttributeTest[] {
  return tests.filter((test) => test.attribute === attribute && test.invert !== true).slice(0, 1);
}

function hostAnchors({ values }: AttributeTest): readonly string[] {
  const anchors = values.map((value) => {
    const pattern = patternOf(value);
    if (pattern.type === "exact") return pattern.text;
    return pattern.type === "suffix" && pattern.text.startsWith(".") ? pattern.text : "";
  });
  return anchors.includes("") ? [""] : [...new Set(anchors)];
}

function pathAnchors({ values }: AttributeTest): readonly PathAnchor[] {
  const anchors = values.map((value): PathAnchor => {
    if (isTemplate(value)) return { type: "prefix", text: value.slice(0, value.search(/\{\*/)) };
    const pattern = patternOf(value);
    if (pattern.type === "any" || pattern.type === "suffix") return ANY_PATH;
    return { type: pattern.type, text: pattern.text };
  });
  return anchors.some(({ type }) => type === "any") ? [ANY_PATH] : anchors;
}
