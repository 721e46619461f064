import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { decodeConfig } from "../../../../src/config/decode.ts";
import { authorize, openAuthorization } from "../../../../src/core/authz/authorize.ts";
import { addressOf } from "../../../../src/edge/address.ts";
import { subject } from "../../core/authz/subjects.ts";

const endpoints = [{ id: "one", url: "https://one.example" }];
const service = { endpoints };
const deny = (name: string, path: string) => ({
  name,
  action: "DENY",
  rules: [{ to: [{ operation: { paths: [path] } }] }],
});

function config(mesh: unknown, route?: unknown, rules: readonly unknown[] = [undefined]) {
  return {
    services: { shop: service },
    authentication: {
      providers: {
        ask: { type: "External", url: "https://ask.example" },
        keys: { type: "APIKey", keys: { ci: { sha256: "a".repeat(64), scopes: [] } } },
      },
    },
    ...(mesh !== undefined && { authorization: mesh }),
    routes: [
      {
        ...(route !== undefined && { authorization: route }),
        rules: rules.map((rule, index) => ({
          matches: [{ path: { value: `/${index}` } }],
          backendRefs: [{ service: "shop" }],
          ...(rule !== undefined && { authorization: rule }),
        })),
      },
    ],
  };
}

async function compiled(value: unknown) {
  const decoded = decodeConfig(value);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return compileMesh(decoded.config, { nowMs: 0 });
}

function faults(value: unknown): readonly string[] {
  const decoded = decodeConfig(value);
  return decoded.ok ? [] : decoded.faults.map(({ path, message }) => `${path}: ${message}`);
}

describe("policies of a mesh, a route and a rule", () => {
  it("hold together, and are stored once", async () => {
    const own = { policies: [deny("rule", "/c")] };
    const mesh = await compiled(
      config({ policies: [deny("mesh", "/a")] }, { policies: [deny("route", "/b")] }, [own, own, undefined]),
    );
    expect(mesh.authorization?.policies.map(({ name }) => name)).toEqual(["mesh", "route", "rule"]);
    expect(mesh.guards?.map(({ authorize: step }) => step?.policies)).toEqual([
      [0, 1, 2],
      [0, 1],
    ]);
    expect(mesh.routes[0]!.rules.map(({ guard }) => guard)).toEqual([0, 0, 1]);
  });

  it("leave no trace where there are none", async () => {
    const mesh = await compiled(config(undefined));
    expect(mesh.authorization).toBeUndefined();
    expect(mesh.routes[0]!.rules[0]!.guard).toBeUndefined();
  });

  it("are compiled into tests of values in normal form", async () => {
    const rule = {
      from: [
        { source: { countries: ["de"], notIpBlocks: ["10.0.0.0/8"], claims: [{ path: ["a", "b"], values: ["x"] }] } },
      ],
      to: [{ operation: { hosts: ["*.EXAMPLE.com"], paths: ["/caf%c3%a9/%41*", "/{*}/%7e"], methods: ["GET"] } }],
      when: [
        { key: "request.headers[X-Team]", values: ["a"], notValues: ["b"] },
        { key: "request.auth.claims[a][b]", values: ["x"] },
        { key: "request.auth.audiences", values: ["x"] },
        { key: "request.headers[Host]", values: ["Admin.example.com"] },
      ],
    };
    const mesh = await compiled(
      config({ policies: [{ action: "CUSTOM", provider: "ask", dryRun: true, rules: [rule] }] }),
    );
    expect(mesh.authorization).toEqual({
      ambiguousPaths: "strict",
      policies: [
        {
          name: "mesh/policy-0",
          action: "CUSTOM",
          provider: 0,
          dryRun: true,
          rules: [
            {
              from: [
                [
                  { attribute: "claim", claim: ["a", "b"], values: ["x"] },
                  { attribute: "ip", values: ["10.0.0.0/8"], invert: true },
                  { attribute: "country", values: ["DE"] },
                ],
              ],
              to: [
                [
                  { attribute: "host", values: ["*.example.com"] },
                  { attribute: "path", values: ["/caf%C3%A9/A*", "/{*}/~"] },
                  { attribute: "method", values: ["GET"] },
                ],
              ],
              when: [
                { attribute: "header", name: "x-team", values: ["a"] },
                { attribute: "header", name: "x-team", values: ["b"], invert: true },
                { attribute: "claim", claim: ["a", "b"], values: ["x"] },
                { attribute: "claim", claim: ["aud"], values: ["x"] },
                { attribute: "host", values: ["admin.example.com"] },
              ],
            },
          ],
        },
      ],
    });
  });
});

describe("a fault of a policy", () => {
  const rule = (value: unknown) => config({ policies: [{ rules: [value] }] });
  const path = (value: string) => rule({ to: [{ operation: { paths: [value] } }] });

  it.each([
    [
      "a source that asks for nothing",
      rule({ from: [{ source: {} }] }),
      "authorization.policies[0].rules[0].from[0].source: asks for nothing",
    ],
    ["no list at all", rule({ from: [] }), "authorization.policies[0].rules[0].from: "],
    [
      "a method that no request has",
      rule({ to: [{ operation: { notMethods: ["GET", "delete"] } }] }),
      "authorization.policies[0].rules[0].to[0].operation.notMethods[1]: must be in upper case",
    ],
    [
      "a host with its port, which is compared without",
      rule({ when: [{ key: "request.headers[host]", values: ["a.example.com:8443"] }] }),
      "authorization.policies[0].rules[0].when[0].values[0]: must be a host without a port",
    ],
    [
      "a star in the middle",
      rule({ from: [{ source: { principals: ["a*b"] } }] }),
      "authorization.policies[0].rules[0].from[0].source.principals[0]: may have one",
    ],
    [
      "no address",
      rule({ from: [{ source: { ipBlocks: ["10.0.0.0/33"] } }] }),
      "authorization.policies[0].rules[0].from[0].source.ipBlocks[0]: must be an IP",
    ],
    [
      "no address in when",
      rule({ when: [{ key: "source.ip", values: ["x"] }] }),
      "authorization.policies[0].rules[0].when[0].values[0]: must be an IP",
    ],
    [
      "a host with a port",
      rule({ to: [{ operation: { hosts: ["a.example:80"] } }] }),
      "authorization.policies[0].rules[0].to[0].operation.hosts[0]: must be a host",
    ],
    [
      "a key that is not known",
      rule({ when: [{ key: "request.time", values: ["x"] }] }),
      "authorization.policies[0].rules[0].when[0].key: is not known",
    ],
    // Every object has it.
    [
      "a key that is the name of a method",
      rule({ when: [{ key: "toString", values: ["x"] }] }),
      "authorization.policies[0].rules[0].when[0].key: is not known",
    ],
    [
      "a condition without values",
      rule({ when: [{ key: "source.ip" }] }),
      "authorization.policies[0].rules[0].when[0]: asks for nothing",
    ],
    [
      "a path that no request has",
      path("/a//b"),
      "authorization.policies[0].rules[0].to[0].operation.paths[0]: must not hold",
    ],
    [
      "one that dots lead out of",
      path("/a/%2E%2E/b"),
      "authorization.policies[0].rules[0].to[0].operation.paths[0]: must not hold",
    ],
    [
      "a path without a slash",
      path("a"),
      "authorization.policies[0].rules[0].to[0].operation.paths[0]: must start with",
    ],
    ["half an escape", path("/a%4"), 'authorization.policies[0].rules[0].to[0].operation.paths[0]: has a "%"'],
    [
      "an operator after {**}",
      path("/{**}/{*}"),
      "authorization.policies[0].rules[0].to[0].operation.paths[0]: may have nothing",
    ],
    [
      "an operator that is no element",
      path("/a{*}"),
      "authorization.policies[0].rules[0].to[0].operation.paths[0]: may have {*}",
    ],
    [
      "an authorizer that is not there",
      config({ policies: [{ action: "CUSTOM", provider: "x" }] }),
      "authorization.policies[0].provider: there is no",
    ],
    [
      "an authorizer that is none",
      config(undefined, { policies: [{ action: "CUSTOM", provider: "keys" }] }),
      "routes[0].authorization.policies[0].provider: keys is no authorizer",
    ],
    [
      "CUSTOM without one",
      config({ policies: [{ action: "CUSTOM" }] }),
      "authorization.policies[0].provider: is required",
    ],
    [
      "another action with one",
      config({ policies: [{ action: "DENY", provider: "ask" }] }),
      "authorization.policies[0].provider: has no meaning",
    ],
    [
      "a name twice",
      config({ policies: [{ name: "a" }, { name: "a" }] }),
      "authorization.policies[1].name: a is there already",
    ],
  ])("is %s", (_, value, expected) => {
    expect(faults(value)).toEqual([expect.stringContaining(expected)]);
  });
});

describe("a policy's path and the path that is forwarded", () => {
  const spellings = fc.array(
    fc.oneof(
      fc.constantFrom(
        "/",
        "//",
        "/.",
        "/..",
        ".",
        "a",
        "admin",
        "%61",
        "%2e",
        "%2E%2e",
        "%2f",
        "\\",
        ";x",
        "%25",
        "é",
        "%",
      ),
      fc.stringMatching(/^[ -~]$/).filter((char) => !"?#".includes(char)),
    ),
    { maxLength: 12 },
  );

  it("are one: what is spelt any way is decided as what endpoints get", async () => {
    const mesh = await compiled(config({ policies: [deny("admin", "/admin*")] }));
    const open = openAuthorization(mesh.authorization!.policies, "literal");
    fc.assert(
      fc.property(spellings, (pieces) => {
        const { path } = addressOf(`https://shop.example.com/${pieces.join("")}`, true);
        const forwarded = addressOf(`https://one.example${path}`, true).path;
        expect(forwarded).toBe(path);
        expect(authorize(open, subject({ path })).allowed).toBe(!path.startsWith("/admin"));
      }),
      { numRuns: 3_000 },
    );
  });

  it("in every reading: nothing that any origin takes for what is refused gets through", async () => {
    const mesh = await compiled(config({ policies: [deny("admin", "/admin*")] }));
    const open = openAuthorization(mesh.authorization!.policies, "strict");
    // An origin that decodes thrice, drops parameters and then resolves dots.
    const lax = (path: string) => {
      let text = path;
      for (let round = 0; round < 3; round += 1)
        text = addressOf(
          `https://o.example${text
            .replaceAll(/%2f|%5c/gi, "/")
            .replaceAll(/%3b/gi, ";")
            .replaceAll(/%25/g, "%")}`,
          true,
        ).path;
      return addressOf(`https://o.example${text.replaceAll(/;[^/]*/g, "")}`, true).path;
    };
    fc.assert(
      fc.property(spellings, (pieces) => {
        const { path } = addressOf(`https://shop.example.com/${pieces.join("")}`, true);
        if (lax(path).startsWith("/admin")) expect(authorize(open, subject({ path })).allowed).toBe(false);
      }),
      { numRuns: 3_000 },
    );
  });
});
