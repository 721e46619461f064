/** AuthorizationPolicies as Heddle's policies, each with what it holds for. */
import type { Settings } from "../proxy/draft.ts";
import { freeName } from "../proxy/endpoint-names.ts";
import type { Notes } from "../proxy/notes.ts";
import type { IstioAction } from "./policy-losses.ts";
import { readPolicyRule } from "./policy-rules.ts";
import { readTarget, type Target } from "./policy-targets.ts";
import type { Resource } from "./resources.ts";

export interface PlacedPolicy {
  readonly target: Target;
  readonly policy: Settings;
  readonly resource: Resource;
}

const ACTIONS = new Set(["ALLOW", "DENY", "CUSTOM", "AUDIT"]);

/**
 * Reads them in the order of their names. `authorizers`: names of the external authorizers that are known.
 */
export function readAuthorizationPolicies(
  resources: readonly Resource[],
  context: { readonly gateways: readonly Resource[]; readonly authorizers: ReadonlySet<string>; readonly notes: Notes },
): readonly PlacedPolicy[] {
  const taken = new Set<string>();
  return resources.flatMap((resource): PlacedPolicy[] => {
    const { spec, namespace, name, document } = resource;
    const target = readTarget(resource, context.gateways);
    const action = spec.text("action") ?? "ALLOW";
    if (!ACTIONS.has(action)) {
      spec.invalid("action", `${action} is not one of ${[...ACTIONS].join(", ")}`);
      return [];
    }
    const decided = { resource, action: action as IstioAction };
    const custom = action === "CUSTOM" ? readProvider(resource, context.authorizers) : {};
    if (action !== "CUSTOM" && spec.has("provider")) spec.invalid("provider", "is for CUSTOM alone");
    const rules = spec.objects("rules").flatMap((node) => {
      const rule = readPolicyRule(node, decided.action);
      return rule === null ? [] : [rule];
    });
    if (target === null || context.notes.isInvalid(document)) return [];
    const named = freeName(`${namespace}.${name}`, taken, 253);
    taken.add(named);
    const isDryRun = /^(true|1|t)$/i.test(resource.annotations["istio.io/dry-run"] ?? "");
    return [{ target, resource, policy: { name: named, action, ...custom, ...(isDryRun && { dryRun: true }), rules } }];
  });
}

/** Where the authorizer is not known, what it would be asked about is refused, as Istio does with a provider it does not know. */
function readProvider({ spec }: Resource, authorizers: ReadonlySet<string>): Settings {
  const name = spec.object("provider")?.text("name") ?? "";
  if (name === "") {
    spec.invalid("provider", "needs a name for CUSTOM");
    return {};
  }
  if (authorizers.has(name)) return { provider: name };
  spec.note(
    "provider",
    `no extensionProvider ${name} was given: what it would be asked about is refused. Give the ConfigMap istio, with its mesh config`,
    "changed",
  );
  return { action: "DENY" };
}
