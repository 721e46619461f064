/** Policies in the form in which they are decided: every test alike, values in the form that requests have. */
import { isTemplate } from "../../core/authz/path-template.ts";
import { patternOf } from "../../core/authz/value-set.ts";
import type {
  Attribute,
  AttributeTest,
  Authentication,
  Authorization,
  AuthorizationPolicy,
  AuthorizationRule,
  Authorize,
} from "../../core/mesh.ts";
import type { AuthorizeConfig, MeshAuthorizationConfig, PolicyConfig } from "../schema/authorization/authorization.ts";
import { normalText } from "../schema/authorization/values.ts";

type RuleConfig = PolicyConfig["rules"][number];
type SourceConfig = NonNullable<RuleConfig["from"]>[number]["source"];
type OperationConfig = NonNullable<RuleConfig["to"]>[number]["operation"];
type ConditionConfig = NonNullable<RuleConfig["when"]>[number];

/** The distinct policies of a mesh, in the order of their first use. */
export class PolicyTable {
  readonly #mesh: MeshAuthorizationConfig;
  readonly #authentication: Authentication | undefined;
  readonly #all: AuthorizationPolicy[] = [];
  readonly #indexOf = new Map<string, number>();
  readonly #ofMesh: readonly number[];

  constructor(mesh: MeshAuthorizationConfig, authentication: Authentication | undefined) {
    this.#mesh = mesh;
    this.#authentication = authentication;
    this.#ofMesh = this.#add(mesh, "mesh");
  }

  /** What holds for a rule; undefined when nothing does. */
  authorize(route: AuthorizeConfig | undefined, rule: AuthorizeConfig | undefined): Authorize | undefined {
    const policies = [...new Set([...this.#ofMesh, ...this.#add(route, "route"), ...this.#add(rule, "rule")])];
    return policies.length === 0 ? undefined : { policies };
  }

  /** All of them; undefined when there are none. */
  compiled(): Authorization | undefined {
    return this.#all.length === 0 ? undefined : { ambiguousPaths: this.#mesh.ambiguousPaths, policies: this.#all };
  }

  #add(config: AuthorizeConfig | undefined, place: string): readonly number[] {
    return (config?.policies ?? []).map((policy, index) => {
      const compiled = compilePolicy(policy, `${place}/policy-${index}`, this.#authentication);
      const key = JSON.stringify(compiled);
      const at = this.#indexOf.get(key) ?? this.#all.push(compiled) - 1;
      this.#indexOf.set(key, at);
      return at;
    });
  }
}

function compilePolicy(
  { name, action, provider, dryRun, rules }: PolicyConfig,
  usual: string,
  authentication: Authentication | undefined,
): AuthorizationPolicy {
  const index = authentication?.providers.findIndex((one) => one.name === provider) ?? -1;
  return {
    name: name ?? usual,
    action,
    ...(action === "CUSTOM" && { provider: index }),
    ...(dryRun && { dryRun }),
    rules: rules.map(compileRule),
  };
}

function compileRule({ from, to, when }: RuleConfig): AuthorizationRule {
  return {
    ...(from !== undefined && { from: from.map(({ source }) => sourceTests(source)) }),
    ...(to !== undefined && { to: to.map(({ operation }) => operationTests(operation)) }),
    ...(when !== undefined && { when: when.flatMap(conditionTests) }),
  };
}

type Subject = Pick<AttributeTest, "attribute" | "name" | "claim">;
type Values = readonly string[] | undefined;

function sourceTests(source: SourceConfig): readonly AttributeTest[] {
  const of = (attribute: Attribute, values: Values, notValues: Values) => tests({ attribute }, values, notValues);
  return [
    ...of("principal", source.principals, source.notPrincipals),
    ...of("requestPrincipal", source.requestPrincipals, source.notRequestPrincipals),
    ...(source.claims ?? []).flatMap(({ path, values, notValues }) =>
      tests({ attribute: "claim", claim: path }, values, notValues),
    ),
    ...of("ip", source.ipBlocks, source.notIpBlocks),
    ...of("ip", source.remoteIpBlocks, source.notRemoteIpBlocks),
    ...of("country", source.countries, source.notCountries),
    ...of("asn", source.asns, source.notAsns),
    ...of("colo", source.colos, source.notColos),
  ];
}

function operationTests(operation: OperationConfig): readonly AttributeTest[] {
  const of = (attribute: Attribute, values: Values, notValues: Values) => tests({ attribute }, values, notValues);
  return [
    ...of("host", operation.hosts, operation.notHosts),
    ...of("path", operation.paths, operation.notPaths),
    ...of("method", operation.methods, operation.notMethods),
    ...of("port", operation.ports, operation.notPorts),
  ];
}

function conditionTests({ key, values, notValues }: ConditionConfig): readonly AttributeTest[] {
  return tests(subjectOf(key), values, notValues);
}

const KEYS: Readonly<Record<string, Subject>> = {
  "source.ip": { attribute: "ip" },
  "remote.ip": { attribute: "ip" },
  "source.principal": { attribute: "principal" },
  "source.country": { attribute: "country" },
  "source.asn": { attribute: "asn" },
  "source.colo": { attribute: "colo" },
  "request.auth.principal": { attribute: "requestPrincipal" },
  "request.auth.audiences": { attribute: "claim", claim: ["aud"] },
  "request.auth.presenter": { attribute: "claim", claim: ["azp"] },
  "destination.port": { attribute: "port" },
  "connection.sni": { attribute: "sni" },
};

/** Of a key that the schema took. */
function subjectOf(key: string): Subject {
  const known = KEYS[key];
  if (known !== undefined) return known;
  const names = [...key.matchAll(/\[([^[\]]*)\]/g)].map((match) => match[1]!);
  if (key.startsWith("request.headers")) return headerSubject(names[0]!.toLowerCase());
  if (key.startsWith("request.query")) return { attribute: "query", name: names[0]! };
  return { attribute: "claim", claim: names };
}

/** What Host says is one host however it is written: in any case, with a port, with a dot at its end. */
function headerSubject(name: string): Subject {
  return name === "host" ? { attribute: "host" } : { attribute: "header", name };
}

function tests(subject: Subject, values: Values, notValues: Values): readonly AttributeTest[] {
  const normal = (written: readonly string[]) => [
    ...new Set(written.map((value) => normalValue(subject.attribute, value))),
  ];
  return [
    ...(values === undefined ? [] : [{ ...subject, values: normal(values) }]),
    ...(notValues === undefined ? [] : [{ ...subject, values: normal(notValues), invert: true as const }]),
  ];
}

function normalValue(attribute: Attribute, value: string): string {
  switch (attribute) {
    case "host":
    case "sni":
      return value.toLowerCase();
    case "country":
    case "colo":
      return value.toUpperCase();
    case "path":
      return normalPathValue(value);
    default:
      return value;
  }
}

function normalPathValue(value: string): string {
  if (isTemplate(value)) {
    return value
      .split(/(\{\*{1,2}\})/)
      .map((part, index) => (index % 2 === 1 ? part : normalText(part)))
      .join("");
  }
  const pattern = patternOf(value);
  if (pattern.type === "any") return value;
  const text = normalText(pattern.text);
  if (pattern.type === "exact") return text;
  return pattern.type === "prefix" ? `${text}*` : `*${text}`;
}
