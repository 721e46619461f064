/** DestinationRules: which one holds for a host, and what it says, with the rules of Istio's own schema. */
import type { SourceNode } from "../proxy/source-node.ts";
import { fullHost, hostCovers } from "./hosts.ts";
import { byAge, isExported, type Resource } from "./resources.ts";

export interface Subset {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly policy: SourceNode | undefined;
  readonly node: SourceNode;
}

export interface DestinationRule {
  readonly host: string;
  readonly namespace: string;
  /** Several where rules of the same host are one. */
  readonly documents: readonly number[];
  readonly exportTo: readonly string[];
  readonly policy: SourceNode | undefined;
  readonly subsets: readonly Subset[];
}

const ROOT_NAMESPACE = "istio-system";

/** In the order of their age, the oldest first. */
export function readDestinationRules(resources: readonly Resource[]): DestinationRule[] {
  return [...resources].sort(byAge).map(({ spec, namespace, document }) => {
    const host = spec.text("host") ?? "";
    if (host === "") spec.invalid("host", "is required");
    spec.drop("workloadSelector", "holds for the callers that it selects; here it holds for all");
    const policy = spec.object("trafficPolicy");
    checkPolicy(policy);
    const subsets = spec.objects("subsets").map((node) => {
      const own = node.object("trafficPolicy");
      checkPolicy(own);
      const name = node.text("name") ?? "";
      if (name === "") node.invalid("name", "is required");
      return { name, labels: node.textByName("labels"), policy: own, node };
    });
    return {
      host: fullHost(host, namespace),
      namespace,
      documents: [document],
      exportTo: spec.texts("exportTo"),
      policy,
      subsets,
    };
  });
}

/**
 * What holds for a host: of the caller's namespace, else of the service's, else of Istio's root namespace, the rule of
 * the most specific host. Rules of one namespace for the same host are one: all subsets, and the oldest policy.
 */
export function destinationRuleOf(
  rules: readonly DestinationRule[],
  host: string,
  caller: string,
  owner: string,
): DestinationRule | undefined {
  for (const namespace of [caller, owner, ROOT_NAMESPACE]) {
    const fits = rules.filter(
      (rule) =>
        rule.namespace === namespace && hostCovers(rule.host, host) && isExported(rule.exportTo, namespace, caller),
    );
    const longest = Math.max(...fits.map((rule) => rule.host.length));
    const same = fits.filter((rule) => rule.host.length === longest);
    const [first, ...more] = same;
    if (first === undefined) continue;
    const subsets = same.flatMap((rule) => rule.subsets);
    const policy = [first, ...more].find((rule) => rule.policy !== undefined)?.policy;
    const distinct = subsets.filter(({ name }, index) => subsets.findIndex((other) => other.name === name) === index);
    return { ...first, documents: same.flatMap((rule) => rule.documents), subsets: distinct, policy };
  }
  return undefined;
}

function checkPolicy(policy: SourceNode | undefined): void {
  const levels = [policy, ...(policy?.objects("portLevelSettings") ?? [])];
  for (const level of levels) {
    const warmup = level?.object("loadBalancer")?.object("warmup");
    if (warmup === undefined) continue;
    if (warmup.durationMs("duration") === undefined) warmup.invalid("duration", "is required");
    const percent = warmup.number("minimumPercent") ?? 10;
    if (percent < 0 || percent > 100) warmup.invalid("minimumPercent", "has to be from 0 to 100");
    if ((warmup.number("aggression") ?? 1) < 1) warmup.invalid("aggression", "has to be at least 1");
  }
}
