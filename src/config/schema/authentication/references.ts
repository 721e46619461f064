/** Names around authentication: providers that routes and rules ask, and providers that would read the same credential. */
import { suggested } from "../../nearest.ts";
import { type Finding, isRecord } from "../finding.ts";

type Path = readonly (string | number)[];

/** What is wrong. Never throws, whatever `mesh` is. */
export function* authenticationFindings(mesh: Record<string, unknown>): Iterable<Finding> {
  const authentication = isRecord(mesh.authentication) ? mesh.authentication : {};
  const providers = isRecord(authentication.providers) ? authentication.providers : {};
  for (const [name, provider] of Object.entries(providers)) {
    const users = isRecord(provider) && isRecord(provider.users) ? Object.keys(provider.users).length : 0;
    if (users > 32) {
      const message = `${users} users are too many for passwords, which are slow to check: at most 32`;
      yield { path: ["authentication", "providers", name, "users"], message };
    }
  }
  for (const { path, given } of usesIn(mesh.routes)) {
    const places = new Map<string, { readonly name: string; readonly type: unknown }>();
    for (const [index, name] of given.entries()) {
      if (typeof name !== "string") continue;
      const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
      if (provider === undefined) {
        const message = `there is no authentication provider ${name}`;
        yield { path: [...path, index], message, ...suggested(name, Object.keys(providers)) };
        continue;
      }
      if (given.indexOf(name) !== index) yield { path: [...path, index], message: `${name} is there already` };
      if (!isRecord(provider)) continue;
      for (const place of placesOf(provider)) {
        const other = places.get(place);
        if (other === undefined) places.set(place, { name, type: provider.type });
        else if (other.type !== provider.type || provider.type !== "JWT") {
          const message = `${name} looks at ${place}, as ${other.name} does: nobody could tell whose credential it is`;
          yield { path: [...path, index], message };
        }
      }
    }
  }
}

function* usesIn(routes: unknown): Iterable<{ readonly path: Path; readonly given: readonly unknown[] }> {
  for (const [r, route] of listOf(routes).entries()) {
    if (!isRecord(route)) continue;
    yield* usesOf(route, ["routes", r]);
    for (const [i, rule] of listOf(route.rules).entries()) {
      if (isRecord(rule)) yield* usesOf(rule, ["routes", r, "rules", i]);
    }
  }
}

function* usesOf(of: Record<string, unknown>, path: Path) {
  const { authentication } = of;
  if (isRecord(authentication)) {
    yield { path: [...path, "authentication", "providers"], given: listOf(authentication.providers) };
  }
}

/** "header authorization Bearer", "cookie session": one text a place, in lower case. */
function placesOf(provider: Record<string, unknown>): readonly string[] {
  switch (provider.type) {
    case "JWT":
    case "APIKey": {
      const usual = provider.type === "JWT" ? { header: "authorization", prefix: "bearer " } : { header: "x-api-key" };
      const from = Array.isArray(provider.from) ? provider.from : [usual];
      const prefix = provider.type === "JWT" ? "bearer " : "";
      return from.flatMap((place) => (isRecord(place) ? [placeText(place, prefix)] : []));
    }
    case "CloudflareAccess":
      return ["header cf-access-jwt-assertion", "cookie CF_Authorization"];
    case "Basic":
      return ["header authorization basic"];
    case "HMAC":
      return ["header authorization heddle-hmac-sha256"];
    default:
      return [];
  }
}

function placeText({ header, prefix: given, cookie, query }: Record<string, unknown>, usual: string): string {
  if (typeof header !== "string") return typeof cookie === "string" ? `cookie ${cookie}` : `query ${String(query)}`;
  const prefix = typeof given === "string" ? given : usual;
  return `header ${header.toLowerCase()} ${prefix.toLowerCase().trim()}`.trim();
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
