/** Label and field selectors of lists and watches. Source: "Labels and Selectors", "Field Selectors". */
import { type ApiObject, badRequest } from "./objects.ts";

export type Selector = (object: ApiObject) => boolean;

export function selectorOf(query: URLSearchParams): Selector {
  const tests = [...labelTests(query.get("labelSelector") ?? ""), ...fieldTests(query.get("fieldSelector") ?? "")];
  return (object) => tests.every((test) => test(object));
}

function labelTests(text: string): Selector[] {
  return text
    .split(/,(?![^(]*\))/)
    .filter((term) => term.trim() !== "")
    .map((term) => {
      const set = /^\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*$/.exec(term);
      if (set !== null) {
        const values = set[3]!.split(",").map((value) => value.trim());
        const isIn = set[2] === "in";
        return ({ metadata }) => {
          const value = metadata.labels?.[set[1]!];
          return isIn ? value !== undefined && values.includes(value) : value === undefined || !values.includes(value);
        };
      }
      const equal = /^\s*([^!=\s]+)\s*(==?|!=)\s*(\S*)\s*$/.exec(term);
      if (equal !== null) {
        const isEqual = equal[2] !== "!=";
        return ({ metadata }) => (metadata.labels?.[equal[1]!] === equal[3]) === isEqual;
      }
      const exists = /^\s*(!?)\s*([^!=\s(]+)\s*$/.exec(term);
      if (exists === null) throw badRequest(`unable to parse requirement: ${term}`);
      return ({ metadata }) => (metadata.labels?.[exists[2]!] !== undefined) === (exists[1] === "");
    });
}

function fieldTests(text: string): Selector[] {
  return text
    .split(",")
    .filter((term) => term !== "")
    .map((term) => {
      const match = /^metadata\.(name|namespace)(==?|!=)(.*)$/.exec(term);
      if (match === null) throw badRequest(`field label not supported: ${term}`);
      const [, field, operator, value] = match;
      return ({ metadata }) => (metadata[field as "name"] === value) === (operator !== "!=");
    });
}
