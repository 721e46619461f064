/** What a policy matches: Istio's from, to and when, and beside them where Cloudflare says that a request comes from. */
import * as z from "zod";
import { type Finding, isRecord, withFindings } from "../finding.ts";
import { derived, required, withDefaults } from "../setting.ts";
import { addressBlocks, airports, countries, hosts, methods, networks, paths, ports, texts } from "./values.ts";

const UNASKED = "it is not looked at";

/** A field and its negation. */
function pair<N extends string, V extends z.ZodType>(name: N, values: () => V, text: string) {
  const negated = `not${name.charAt(0).toUpperCase()}${name.slice(1)}` as `not${Capitalize<N>}`;
  return withDefaults({
    [name]: derived(values(), `${text} One has to fit.`, UNASKED),
    [negated]: derived(values(), `${text} None may fit.`, UNASKED),
  } as Record<N | `not${Capitalize<N>}`, ReturnType<typeof derived<V>>>);
}

const claimTest = z.strictObject({
  path: required(z.array(z.string().min(1).max(256)).min(1).max(8), "Members on the way to the claim."),
  ...withDefaults({
    values: derived(texts(), "Of a list one member has to fit one of them.", UNASKED),
    notValues: derived(texts(), "Of a list no member may fit any of them.", UNASKED),
  }),
});
withFindings(claimTest, asksFor(["values", "notValues"]));

const sourceFields = {
  ...pair(
    "principals",
    texts,
    "Names of the client certificate: its subject and its alternative names, without spiffe://.",
  ),
  ...pair(
    "requestPrincipals",
    texts,
    'Who a request is from: "issuer/subject" of a token, "kind/id" of other credentials, as in "api-key/ci"; "*" anybody but the anonymous.',
  ),
  ...withDefaults({
    claims: derived(z.array(claimTest).min(1).max(32), "Claims of the credential; all have to fit.", UNASKED),
  }),
  ...pair("ipBlocks", addressBlocks, "Addresses and CIDR blocks of the downstream, as Cloudflare tells it."),
  ...pair(
    "remoteIpBlocks",
    addressBlocks,
    "The same address: what a downstream says of others in X-Forwarded-For is not believed.",
  ),
  ...pair("countries", countries, "Countries of the downstream's address, ISO 3166-1."),
  ...pair("asns", networks, "Autonomous systems of the downstream's address."),
  ...pair("colos", airports, "Cloudflare locations that the request came in at."),
};

const operationFields = {
  ...pair("hosts", hosts, "Hosts, in any case and without port."),
  ...pair("methods", methods, "Methods, in upper case."),
  ...pair(
    "paths",
    paths,
    "Paths in their normal form, in which they are forwarded; also with {*} for one element and {**} for any characters.",
  ),
  ...pair("ports", ports, "Ports: the listener's; of listeners that take any, the URL's."),
};

const source = z.strictObject(sourceFields);
withFindings(source, asksFor(Object.keys(sourceFields)));
const operation = z.strictObject(operationFields);
withFindings(operation, asksFor(Object.keys(operationFields)));

/** Keys of `when` whose values are addresses, ports and so on; all others are texts. */
const KEYED_VALUES: Readonly<Record<string, () => z.ZodType>> = {
  "source.ip": addressBlocks,
  "remote.ip": addressBlocks,
  "source.country": countries,
  "source.asn": networks,
  "source.colo": airports,
  "destination.port": ports,
};

/** The host is compared as under `hosts`, however a request writes it: with a port, a dot at its end, in any case. */
function valuesOf(key: string): () => z.ZodType {
  if (key.toLowerCase() === "request.headers[host]") return hosts;
  return Object.hasOwn(KEYED_VALUES, key) ? KEYED_VALUES[key]! : texts;
}

const KEY =
  /^(source\.(ip|principal|country|asn|colo)|remote\.ip|request\.auth\.(principal|audiences|presenter)|destination\.port|connection\.sni|request\.headers\[[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}\]|request\.query\[[^[\]]{1,256}\]|request\.auth\.claims(\[[^[\]]{1,256}\]){1,8})$/;

const KEYS =
  "request.headers[name], request.query[name], request.auth.claims[name][nested], request.auth.principal, request.auth.audiences, request.auth.presenter, source.principal, source.ip, remote.ip, source.country, source.asn, source.colo, destination.port, connection.sni";

const condition = z.strictObject({
  key: required(
    z.string().regex(KEY, { error: `is not known; there are ${KEYS}` }),
    `What is looked at, as in Istio, and a little more: ${KEYS}.`,
  ),
  ...withDefaults({
    values: derived(z.array(z.string().min(1).max(4_096)).min(1).max(10_000), "One has to fit.", UNASKED),
    notValues: derived(z.array(z.string().min(1).max(4_096)).min(1).max(10_000), "None may fit.", UNASKED),
  }),
});
withFindings(condition, asksFor(["values", "notValues"]));
withFindings(condition, function* (value): Iterable<Finding> {
  if (!isRecord(value) || typeof value.key !== "string") return;
  const schema = valuesOf(value.key)();
  for (const field of ["values", "notValues"] as const) {
    const checked = value[field] === undefined ? null : schema.safeParse(value[field]);
    for (const issue of checked?.error?.issues ?? []) {
      if (issue.code === "custom")
        yield { path: [field, ...(issue.path as (string | number)[])], message: issue.message };
    }
  }
});

export const policyRule = z.strictObject(
  withDefaults({
    from: derived(
      z
        .array(z.strictObject({ source: required(source, "Who sends; all that is named has to fit.") }))
        .min(1)
        .max(512),
      "Who sends the request: one of them has to fit.",
      "anybody",
    ),
    to: derived(
      z
        .array(z.strictObject({ operation: required(operation, "What is asked; all that is named has to fit.") }))
        .min(1)
        .max(512),
      "What the request asks: one of them has to fit.",
      "anything",
    ),
    when: derived(z.array(condition).min(1).max(64), "What else has to hold: all of them.", "nothing"),
  }),
);

/** Where nothing is asked for, everything would fit, which nobody writes on purpose. */
function asksFor(fields: readonly string[]) {
  return function* (value: unknown): Iterable<Finding> {
    if (isRecord(value) && fields.every((field) => value[field] === undefined)) {
      yield { path: [], message: `asks for nothing: leave it out, or name one of ${fields.join(", ")}` };
    }
  };
}
