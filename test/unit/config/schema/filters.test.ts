import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../../src/config/decode.ts";
import { refuses, rule } from "./faulty.ts";

const of = (filter: string, ...more: string[]) => rule(`filters: [${filter}]`, ...more);
const modifier = (fields: string) => of(`{ type: RequestHeaderModifier, requestHeaderModifier: { ${fields} } }`);
const answered = (fields: string) => of(`{ type: ResponseHeaderModifier, responseHeaderModifier: { ${fields} } }`);
const cors = (fields: string) => of(`{ type: CORS, cors: { ${fields} } }`);
const redirect = (fields: string) => of(`{ type: RequestRedirect, requestRedirect: { ${fields} } }`);
const rewrite = (fields: string, ...more: string[]) => of(`{ type: URLRewrite, urlRewrite: { ${fields} } }`, ...more);
const mirror = (fields: string) =>
  of(`{ type: RequestMirror, requestMirror: { backendRef: { service: shop }, ${fields} } }`);
const fault = (fields: string) => of(`{ type: FaultInjection, faultInjection: { ${fields} } }`);

const at = (field: string) => `routes[0].rules[0].filters[0].${field}`;
const OURS = "is not a header that filters may change";

describe("filters", () => {
  refuses([
    ["a type that does not exist", of("{ type: Rewrite }"), at("type"), 7, "expected one of"],
    ["a type without its field", of("{ type: URLRewrite }"), at("urlRewrite"), 7, "is missing"],
    [
      "a field of another type",
      of("{ type: URLRewrite, urlRewrite: { hostname: a }, cors: {} }"),
      at("cors"),
      7,
      "does not go with the other keys",
    ],
    [
      "the same filter twice",
      of("{ type: RequestRedirect }, { type: RequestRedirect }"),
      "routes[0].rules[0].filters[1].type",
      7,
      "is there already",
    ],
    [
      "a redirect beside a rewrite",
      of("{ type: RequestRedirect }, { type: URLRewrite, urlRewrite: { hostname: a } }"),
      "routes[0].rules[0].filters[1].type",
      7,
      "does not go with URLRewrite",
    ],
    [
      "an answer before backends",
      of("{ type: RequestRedirect }", "backendRefs: [{ service: shop }]"),
      "routes[0].rules[0].backendRefs",
      8,
      "are never asked",
    ],
    [
      "four mirrors",
      of(Array(4).fill("{ type: RequestMirror, requestMirror: { backendRef: { service: shop } } }").join(", ")),
      "routes[0].rules[0].filters[3]",
      7,
      "at most 3 mirrors",
    ],
    [
      "four mirrors of rule and backend together",
      of(
        Array(3).fill("{ type: RequestMirror, requestMirror: { backendRef: { service: shop } } }").join(", "),
        "backendRefs: [{ service: shop, filters: [{ type: RequestMirror, requestMirror: { backendRef: { service: cart } } }] }]",
      ),
      "routes[0].rules[0].backendRefs[0].filters",
      8,
      "at most 3 mirrors together",
    ],
    [
      "CORS of a single backend",
      rule("backendRefs: [{ service: shop, filters: [{ type: CORS, cors: {} }] }]"),
      "routes[0].rules[0].backendRefs[0].filters[0].type",
      7,
      "expected one of",
    ],

    [
      "a header named twice",
      modifier("set: [{ name: a, value: b }], remove: [A]"),
      at("requestHeaderModifier.remove[0]"),
      7,
      "named twice",
    ],
    ...[
      "Host",
      "via",
      "Content-Length",
      "connection",
      "Transfer-Encoding",
      "x-heddle-endpoint",
      "Upgrade",
      "proxy-authorization",
    ].map(
      (name) =>
        [
          `${name} in a request`,
          modifier(`set: [{ name: ${name}, value: a }]`),
          at("requestHeaderModifier.set[0].name"),
          7,
          OURS,
        ] as const,
    ),
    ["the removal of Host", modifier("remove: [host]"), at("requestHeaderModifier.remove[0]"), 7, OURS],
    [
      "Content-Encoding in an answer",
      answered("add: [{ name: Content-Encoding, value: gzip }]"),
      at("responseHeaderModifier.add[0].name"),
      7,
      OURS,
    ],
    [
      "a header name with a space",
      modifier("remove: ['a b']"),
      at("requestHeaderModifier.remove[0]"),
      7,
      "is not a header name",
    ],
    ...["\\r\\nx: 1", "\\n", "\\0", "a\\u0100"].map(
      (value) =>
        [
          `the value "${value}"`,
          modifier(`set: [{ name: a, value: "b${value}" }]`),
          at("requestHeaderModifier.set[0].value"),
          7,
          "is not a header value",
        ] as const,
    ),

    [
      "a wildcard host to redirect to",
      redirect("hostname: '*.a'"),
      at("requestRedirect.hostname"),
      7,
      "without wildcards",
    ],
    ["a host with a port", redirect("hostname: 'a:80'"), at("requestRedirect.hostname"), 7, "without a port"],
    ["another status", redirect("statusCode: 304"), at("requestRedirect.statusCode"), 7, "301"],
    [
      "a path with a query",
      redirect("path: { type: ReplaceFullPath, replaceFullPath: '/a?b' }"),
      at("requestRedirect.path.replaceFullPath"),
      7,
      "must not hold",
    ],
    [
      "a path with dots",
      redirect("path: { type: ReplaceFullPath, replaceFullPath: /a/../b }"),
      at("requestRedirect.path.replaceFullPath"),
      7,
      "dot segments",
    ],
    [
      "a path that is not ASCII",
      redirect("path: { type: ReplaceFullPath, replaceFullPath: /é }"),
      at("requestRedirect.path.replaceFullPath"),
      7,
      "printable ASCII",
    ],
    [
      "a relative prefix",
      rewrite("path: { type: ReplacePrefixMatch, replacePrefixMatch: a }"),
      at("urlRewrite.path.replacePrefixMatch"),
      7,
      'start with "/"',
    ],
    ["a rewrite of nothing", rewrite(""), at("urlRewrite"), 7, "changes nothing"],
    [
      "the prefix of an exact path",
      rewrite(
        "path: { type: ReplacePrefixMatch, replacePrefixMatch: /a }",
        "matches: [{ path: { type: Exact, value: /b } }]",
      ),
      at("urlRewrite.path.type"),
      7,
      "needs a prefix",
    ],

    [
      "an origin with a path",
      cors("allowOrigins: ['https://a/b']"),
      at("cors.allowOrigins[0]"),
      7,
      "a scheme and a host",
    ],
    [
      "a wildcard inside a name",
      cors("allowOrigins: ['https://a.*.b']"),
      at("cors.allowOrigins[0]"),
      7,
      "a scheme and a host",
    ],
    [
      "all origins and one more",
      cors("allowOrigins: ['*', 'https://a']"),
      at("cors.allowOrigins[0]"),
      7,
      "stands alone",
    ],
    ["all methods and one more", cors("allowMethods: [GET, '*']"), at("cors.allowMethods[1]"), 7, "stands alone"],

    [
      "a percentage beside a fraction",
      mirror("percent: 5, fraction: { numerator: 1 }"),
      at("requestMirror.fraction"),
      7,
      "does not go with percent",
    ],
    [
      "more than all",
      mirror("fraction: { numerator: 101 }"),
      at("requestMirror.fraction.numerator"),
      7,
      "more than all",
    ],
    [
      "a mirror to nowhere",
      of("{ type: RequestMirror, requestMirror: { backendRef: { service: cort } } }"),
      at("requestMirror.backendRef.service"),
      7,
      "there is no service cort",
      "cart",
    ],

    ["a fault that does nothing", fault(""), at("faultInjection"), 7, "injects nothing"],
    [
      "a fault without a percentage",
      fault("abort: { status: 500 }"),
      at("faultInjection.abort.percent"),
      7,
      "is missing",
    ],
    [
      "a fault that is none",
      fault("abort: { status: 200, percent: 1 }"),
      at("faultInjection.abort.status"),
      7,
      "at least 400",
    ],
    [
      "a delay beyond a minute",
      fault("delay: { duration: 61s, percent: 1 }"),
      at("faultInjection.delay.duration"),
      7,
      "from 1ms to 1m",
    ],
  ]);

  it("may be as many mirrors as there is room for, on rules and backends", () => {
    const mirrors = (count: number) =>
      Array(count).fill("{ type: RequestMirror, requestMirror: { backendRef: { service: cart } } }").join(", ");
    const text = of(mirrors(1), `backendRefs: [{ service: shop, filters: [${mirrors(2)}] }]`);
    expect(parseConfig(text)).toMatchObject({ ok: true });
  });
});
