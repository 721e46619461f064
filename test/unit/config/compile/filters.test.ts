import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { decodeConfig } from "../../../../src/config/decode.ts";
import type { MeshConfigInput } from "../../../../src/config/define-mesh.ts";
import type { RouteRule } from "../../../../src/core/mesh.ts";

type RuleInput = MeshConfigInput["routes"][number]["rules"][number];

async function meshWith(rule: RuleInput) {
  const endpoints = [{ id: "a", url: "http://a" }];
  const decoded = decodeConfig({
    services: { shop: { endpoints }, shadow: { endpoints, retry: { attempts: 5 }, aliases: ["shadow.svc"] } },
    routes: [{ rules: [rule] }],
  });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return compileMesh(decoded.config, { nowMs: 0 });
}
const ruleOf = async (rule: RuleInput): Promise<RouteRule> => (await meshWith(rule)).routes[0]!.rules[0]!;

describe("compiled filters", () => {
  it("are null where there are none, on rules and backends", async () => {
    const rule = await ruleOf({ backendRefs: [{ service: "shop" }] });
    expect([rule.filters, rule.backendRefs[0]?.filters]).toEqual([null, null]);
  });

  it("have every field, names in lower case, whatever the order in the config", async () => {
    const { filters } = await ruleOf({
      filters: [
        { type: "ExtensionRef", extensionRef: { name: "b", settings: { deep: [1] } } },
        { type: "ResponseHeaderModifier", responseHeaderModifier: { remove: ["X-A"] } },
        { type: "URLRewrite", urlRewrite: { hostname: "A.Example" } },
        { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "X-B", value: "V" }], add: [] } },
        { type: "FaultInjection", faultInjection: { delay: { duration: "1s500ms", percent: 12.5 } } },
        { type: "ExtensionRef", extensionRef: { name: "a" } },
      ],
      backendRefs: [{ service: "shop" }],
    });
    expect(filters).toEqual({
      fault: { delay: { ms: 1_500, fraction: 0.125 }, abort: null, byHeader: false },
      cors: null,
      answer: null,
      requestHeaders: { set: [["x-b", "V"]], add: [], remove: [] },
      rewrite: { hostname: "a.example", path: null },
      mirrors: [],
      responseHeaders: { set: [], add: [], remove: ["x-a"] },
      extensions: [
        { name: "b", settings: { deep: [1] } },
        { name: "a", settings: {} },
      ],
    });
  });

  it("know redirects and fixed answers", async () => {
    const redirect = await ruleOf({
      filters: [
        {
          type: "RequestRedirect",
          requestRedirect: { scheme: "https", path: { type: "ReplacePrefixMatch", replacePrefixMatch: "" } },
        },
      ],
    });
    expect(redirect.filters?.answer).toEqual({
      type: "redirect",
      scheme: "https",
      hostname: null,
      path: { type: "ReplacePrefixMatch", value: "" },
      port: null,
      statusCode: 302,
      stripQuery: false,
    });
    const direct = await ruleOf({ filters: [{ type: "DirectResponse", directResponse: { headers: { "X-A": "1" } } }] });
    expect(direct.filters?.answer).toEqual({ type: "response", status: 200, headers: [["x-a", "1"]], body: "" });
  });

  it("write origins as browsers do, each once", async () => {
    const allowOrigins = [
      "HTTPS://A.example:443",
      "https://a.example",
      "http://b:80",
      "http://b:443",
      "https://*:8443",
    ];
    const { filters } = await ruleOf({
      filters: [{ type: "CORS", cors: { allowOrigins } }],
      backendRefs: [{ service: "shop" }],
    });
    expect(filters?.cors).toEqual({
      allowOrigins: ["https://a.example", "http://b", "http://b:443", "https://*:8443"],
      allowMethods: [],
      allowHeaders: [],
      exposeHeaders: [],
      allowCredentials: false,
      maxAgeSeconds: 5,
    });
  });

  it("send mirrors to a service by any of its names, once and without a hedge", async () => {
    const mesh = await meshWith({
      filters: [{ type: "RequestMirror", requestMirror: { backendRef: { service: "shadow.svc" } } }],
      backendRefs: [
        {
          service: "shop",
          filters: [
            {
              type: "RequestMirror",
              requestMirror: { backendRef: { service: "shadow" }, percent: 5, maxBodyBytes: 7 },
            },
            {
              type: "RequestMirror",
              requestMirror: { backendRef: { service: "shadow" }, fraction: { numerator: 1, denominator: 4 } },
            },
          ],
        },
      ],
    });
    const rule = mesh.routes[0]!.rules[0]!;
    const mirrors = [...rule.filters!.mirrors, ...rule.backendRefs[0]!.filters!.mirrors];
    expect(mirrors.map(({ fraction, maxBodyBytes }) => [fraction, maxBodyBytes])).toEqual([
      [1, 65_536],
      [0.05, 7],
      [0.25, 65_536],
    ]);
    for (const { service, policy } of mirrors) {
      expect(mesh.services[service]?.name).toBe("shadow");
      expect(mesh.policies[policy]).toMatchObject({ hedge: null, retry: { attempts: 0 } });
    }
  });
});
