/** Routes and their rules. Those without a name of their own are told apart by what they match. */
import type { Route, RouteRule } from "../../core/mesh.ts";
import { changeOf } from "./change.ts";
import type { Sides } from "./diff-services.ts";
import { differences, step } from "./fields.ts";
import type { Change, FieldChange } from "./mesh-diff.ts";
import { pair } from "./pair.ts";
import { backendName, type Context, matchInWords, routeInWords, ruleInWords } from "./route-words.ts";

/** Matches named of a route that is added or removed. */
const MAX_MATCHES = 3;

export function diffRoutes({ before, after }: Sides): Change[] {
  const context = { before, after };
  const { pairs, added, removed } = pair(
    before.mesh.routes,
    after.mesh.routes,
    (name) => /^route-\d+$/.test(name),
    (route, side) => [JSON.stringify(contentOf(route, context[side])), identityOf(route)],
  );
  const changed = pairs.flatMap(([former, route]): Change[] => {
    const fields = routeFields(former, route, context);
    if (fields.length === 0) return [];
    const services = [...new Set([...servicesOf(former, before), ...servicesOf(route, after)])];
    return [
      changeOf({
        kind: "changed",
        what: "route",
        name: route.name,
        path: step("routes", route.name),
        fields,
        services,
        routes: [route.name],
      }),
    ];
  });
  const orders = pairs.map(([former]) => before.mesh.routes.indexOf(former));
  return [
    ...(after.mesh.precedence === "order" && !isAscending(orders) ? [reordered()] : []),
    ...changed,
    ...added.map((route) => whole("added", route, after)),
    ...removed.map((route) => whole("removed", route, before)),
  ];
}

function routeFields(former: Route, route: Route, { before, after }: Sides): FieldChange[] {
  const path = step("routes", route.name);
  const fields = differences(routeInWords(former, before), routeInWords(route, after), path);
  const context = { before, after };
  const { pairs, added, removed } = pair(
    former.rules,
    route.rules,
    (name) => /^rule-\d+$/.test(name),
    (rule, side) => [JSON.stringify(ruleInWords(rule, context[side])), JSON.stringify(rule.matches.map(matchInWords))],
  );
  const at = (rule: RouteRule) => step(`${path}.rules`, rule.name);
  for (const [old, rule] of pairs) {
    fields.push(...differences(ruleInWords(old, before), ruleInWords(rule, after), at(rule)));
  }
  for (const rule of added) fields.push({ path: at(rule), after: ruleSummary(rule, after) });
  for (const rule of removed) fields.push({ path: at(rule), before: ruleSummary(rule, before) });
  if (after.mesh.precedence === "order" && !isAscending(pairs.map(([old]) => former.rules.indexOf(old)))) {
    const names = (rules: readonly RouteRule[]) => rules.map(({ name }) => name);
    fields.push({ path: `${path}.rules`, before: names(former.rules), after: names(route.rules) });
  }
  return fields;
}

/** Which of two routes comes first decides where the precedence is that of the config. */
function reordered(): Change {
  return changeOf({ kind: "changed", what: "routing", name: "order of routes", path: "routes", all: true });
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || numbers[i - 1]! < number);
}

function whole(kind: "added" | "removed", route: Route, context: Context): Change {
  const { name } = route;
  const summary = `${route.hostnames.join(", ")}: ${route.rules
    .slice(0, MAX_MATCHES)
    .map((rule) => ruleSummary(rule, context))
    .join("; ")}${route.rules.length > MAX_MATCHES ? ` and ${route.rules.length - MAX_MATCHES} more` : ""}`;
  const services = [...servicesOf(route, context)];
  return changeOf({ kind, what: "route", name, path: step("routes", name), summary, services, routes: [name] });
}

/** "PathPrefix /shop → shop, shop-v2" */
function ruleSummary({ matches, backendRefs, filters }: RouteRule, { mesh }: Context): string {
  const more = matches.length > 1 ? ` (and ${matches.length - 1} more)` : "";
  const backends = backendRefs.map((ref) => backendName(ref, mesh)).join(", ");
  const to = backends === "" ? (filters?.answer?.type ?? "nothing") : backends;
  return `${matches.slice(0, 1).map(matchInWords).join("")}${more} → ${to}`;
}

function contentOf(route: Route, context: Context): unknown {
  return [routeInWords(route, context), route.rules.map((rule) => ruleInWords(rule, context))];
}

function identityOf({ hostnames, rules }: Route): string {
  return JSON.stringify([hostnames, rules.map(({ matches }) => matches.map(matchInWords))]);
}

function servicesOf({ rules }: Route, { mesh }: Context): Set<string> {
  const names = rules.flatMap(({ backendRefs }) =>
    backendRefs.flatMap(({ service, rollout }) =>
      [service, ...(rollout === undefined ? [] : [rollout.canary.service])].flatMap(
        (index) => mesh.services[index]?.name ?? [],
      ),
    ),
  );
  return new Set(names);
}
