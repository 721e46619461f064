/** Names around authorization: authorizers that CUSTOM policies ask. */
import { suggested } from "../../nearest.ts";
import { type Finding, isRecord } from "../finding.ts";

type Path = readonly (string | number)[];

/** What is wrong. Never throws, whatever `mesh` is. */
export function* authorizationFindings(mesh: Record<string, unknown>): Iterable<Finding> {
  const authentication = isRecord(mesh.authentication) ? mesh.authentication : {};
  const providers = isRecord(authentication.providers) ? authentication.providers : {};
  const external = Object.entries(providers).flatMap(([name, provider]) =>
    isRecord(provider) && provider.type === "External" ? [name] : [],
  );
  for (const { path, provider } of askedIn(mesh)) {
    if (external.includes(provider)) continue;
    const isOther = Object.hasOwn(providers, provider);
    const message = isOther
      ? `${provider} is no authorizer: CUSTOM asks providers of type External`
      : `there is no authentication provider ${provider}`;
    yield { path, message, ...(!isOther && suggested(provider, external)) };
  }
}

function* askedIn(mesh: Record<string, unknown>): Iterable<{ readonly path: Path; readonly provider: string }> {
  yield* askedBy(mesh, []);
  for (const [r, route] of listOf(mesh.routes).entries()) {
    if (!isRecord(route)) continue;
    yield* askedBy(route, ["routes", r]);
    for (const [i, rule] of listOf(route.rules).entries()) {
      if (isRecord(rule)) yield* askedBy(rule, ["routes", r, "rules", i]);
    }
  }
}

function* askedBy({ authorization }: Record<string, unknown>, path: Path) {
  if (!isRecord(authorization)) return;
  for (const [index, policy] of listOf(authorization.policies).entries()) {
    if (!isRecord(policy) || policy.action !== "CUSTOM" || typeof policy.provider !== "string") continue;
    yield { path: [...path, "authorization", "policies", index, "provider"], provider: policy.provider };
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
