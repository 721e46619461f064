/** What a request has to look like: the matches of the Gateway API's HTTPRoute, and those that Envoy has beyond them. */
import * as z from "zod";
import { type Finding, isRecord, withFindings, withRule } from "./finding.ts";
import { HTTP_METHODS, headerName, headerValue } from "./names.ts";
import { patternFindings } from "./patterns.ts";
import { derived, group, required, setting, withDefaults } from "./setting.ts";

const PATH_TYPES = ["Exact", "PathPrefix", "StringPrefix", "RegularExpression"] as const;
const VALUE_TYPES = ["Exact", "Prefix", "Suffix", "RegularExpression", "Present"] as const;

const pathFields = withDefaults({
  type: setting(
    z.enum(PATH_TYPES),
    "Exact: the whole path. PathPrefix: by path element, so /shop matches /shop/cart and not /shopping; a trailing slash is ignored. StringPrefix: by character. RegularExpression: RE2 syntax, and the whole path has to match.",
    "PathPrefix",
    "as in the Gateway API",
  ),
  value: setting(
    z.string().max(2_048),
    "The path in its normal form (src/edge/README.md): %2F is not a slash, and %41 is the letter A.",
    "/",
    "as in the Gateway API",
  ),
  ignoreCase: setting(z.boolean(), "Whether upper and lower case of ASCII letters are the same.", false, "as URLs are"),
});

const path = withRule(z.strictObject(pathFields), pathFields, function* ({ type, value, ignoreCase }) {
  if (type === "RegularExpression") {
    yield* patternFindings(value, ignoreCase);
  } else if (!value.startsWith("/") || /[\s?#]/.test(value)) {
    yield { path: ["value"], message: 'must start with "/" and hold no spaces, "?" or "#"' };
  } else if (/\/\/|\/\.{1,2}(\/|$)/.test(value)) {
    yield {
      path: ["value"],
      message: 'must not hold "//", "/./" or "/../": no request has such a path once it is in its normal form',
    };
  }
});

const valueFields = (what: string) =>
  withDefaults({
    type: setting(
      z.enum(VALUE_TYPES),
      "How the value is compared. RegularExpression: RE2 syntax, and the whole value has to match. Present: any value will do.",
      "Exact",
      "as in the Gateway API",
    ),
    value: derived(z.string().max(8_192), what, "required unless the type is Present"),
    invert: setting(
      z.boolean(),
      "Whether it fits when the comparison does not, which includes that there is none.",
      false,
      "as in Envoy",
    ),
  });

const headerMatch = z.strictObject({
  name: required(headerName(), "Name of the header; case does not matter."),
  ...valueFields("Its value; several are joined by a comma and a space."),
});

const queryParamMatch = z.strictObject({
  name: required(z.string().min(1).max(256), "Name of the parameter, decoded; case matters."),
  ...valueFields("Its decoded value; of a repeated parameter the first counts."),
});

for (const schema of [headerMatch, queryParamMatch]) {
  const { type } = schema.shape;
  withRule(schema, { type, value: z.string().optional() }, (own) =>
    valueFindings(own.type, own.value, schema === headerMatch),
  );
}

function* valueFindings(
  type: (typeof VALUE_TYPES)[number],
  value: string | undefined,
  isHeader: boolean,
): Iterable<Finding> {
  const path = ["value"];
  if (type === "Present") {
    if (value !== undefined) yield { path, message: "has no meaning: Present takes any value" };
    return;
  }
  if (value === undefined) {
    yield { path, message: "is missing" };
  } else if (type === "RegularExpression") {
    yield* patternFindings(value, false);
  } else if (isHeader) {
    const issue = headerValue().safeParse(value).error?.issues[0];
    if (issue !== undefined) yield { path, message: issue.message };
  }
}

export const matchSchema = z.strictObject({
  path: group(path, "What the path has to be."),
  ...withDefaults({
    method: derived(z.enum(HTTP_METHODS), "What the method has to be.", "any method"),
    headers: setting(
      once(z.array(headerMatch).max(64), (header) => header.toLowerCase(), "header"),
      "Headers that the request has to have, all of them.",
      [],
      "as in the Gateway API",
    ),
    queryParams: setting(
      once(z.array(queryParamMatch).max(64), (param) => param, "query parameter"),
      "Query parameters that the request has to have, all of them.",
      [],
      "as in the Gateway API",
    ),
  }),
});

/** One exact value for each name: two could never both fit. */
function once<S extends z.ZodType>(schema: S, fold: (name: string) => string, what: string): S {
  return withFindings(schema, function* (list): Iterable<Finding> {
    const seen = new Set<string>();
    for (const [index, entry] of (Array.isArray(list) ? list : []).entries()) {
      if (!isRecord(entry) || typeof entry.name !== "string") continue;
      if ((entry.type ?? "Exact") !== "Exact" || entry.invert === true) continue;
      const key = fold(entry.name);
      if (seen.has(key)) {
        yield {
          path: [index, "name"],
          message: `${what} ${entry.name} is listed twice: all have to fit, and it has one value`,
        };
      }
      seen.add(key);
    }
  });
}
