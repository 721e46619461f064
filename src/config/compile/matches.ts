import type { NamedMatch, PathMatch, RouteMatch, ValueMatch } from "../../core/mesh.ts";
import { normalPath } from "../../core/route/normal-path.ts";
import type { RuleConfig } from "../schema/mesh.ts";
import { folded } from "../schema/patterns.ts";
import type { AutomatonTable } from "./automata.ts";

type MatchConfig = RuleConfig["matches"][number];
type NamedConfig = MatchConfig["headers"][number];

/** A match with its paths in normal form, header names in lower case and regular expressions as automata. */
export function compileMatch(config: MatchConfig, automata: AutomatonTable): RouteMatch {
  const { path, method, headers, queryParams } = config;
  return {
    path: compilePath(path, automata),
    ...(method !== undefined && { method }),
    headers: headers.map((header) => compileNamed(header, header.name.toLowerCase(), automata)),
    queryParams: queryParams.map((param) => compileNamed(param, param.name, automata)),
  };
}

function compilePath({ type, value, ignoreCase }: MatchConfig["path"], automata: AutomatonTable): PathMatch {
  if (type === "RegularExpression") {
    return { type, value, ...automata.addAfterPrefix(folded(value, ignoreCase)) };
  }
  return { type, value: normalPath(value, true), ...(ignoreCase && { ignoreCase }) };
}

function compileNamed({ type, value = "", invert }: NamedConfig, name: string, automata: AutomatonTable): NamedMatch {
  return { name, match: compileValue(type, value, automata), ...(invert && { invert }) };
}

function compileValue(type: ValueMatch["type"], value: string, automata: AutomatonTable): ValueMatch {
  if (type === "RegularExpression") return { type, value, automaton: automata.add(value) };
  return type === "Present" ? { type } : { type, value };
}
