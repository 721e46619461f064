import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeConfig, parseConfig } from "../../../src/config/decode.ts";
import { defineMesh } from "../../../src/config/define-mesh.ts";
import type { Fault } from "../../../src/config/fault.ts";
import { arbitraryConfig, objectsIn } from "./arbitrary-config.ts";
import { BARE, SMALLEST_JSON, SMALLEST_YAML } from "./smallest.ts";

function faultsOf(text: string): readonly Fault[] {
  const result = parseConfig(text);
  return result.ok ? [] : result.faults;
}

describe("the smallest config", () => {
  const fromYaml = parseConfig(SMALLEST_YAML);

  it("is accepted as YAML", () => {
    expect(fromYaml.ok).toBe(true);
  });

  it("is the same as JSON", () => {
    expect(parseConfig(SMALLEST_JSON, { format: "json" })).toEqual(fromYaml);
    expect(parseConfig(SMALLEST_JSON, { file: "mesh.json" })).toEqual(fromYaml);
  });

  it("is the same as a TypeScript module", () => {
    const config = defineMesh({
      services: {
        shop: {
          endpoints: [
            { id: "aws", url: "http://127.0.0.1:9001", locality: { cloud: "aws", region: "us-east-1" } },
            {
              id: "gcp",
              url: "http://127.0.0.1:9002",
              locality: { cloud: "gcp", region: "europe-west1" },
              weight: 2,
              priority: 0,
            },
          ],
          loadBalancing: { policy: "adaptive" },
          retry: { attempts: 2 },
          timeouts: { backendRequest: "1s" },
        },
      },
      routes: [
        {
          hostnames: ["*"],
          rules: [{ matches: [{ path: { type: "PathPrefix", value: "/" } }], backendRefs: [{ service: "shop" }] }],
        },
      ],
    });
    expect(decodeConfig(config)).toEqual(fromYaml);
  });

  it("says nothing that the defaults do not, but for its endpoints and its timeout", () => {
    const [smallest, bare] = [fromYaml, decodeConfig(BARE)];
    if (!smallest.ok || !bare.ok) throw new Error("not accepted");
    const { endpoints: _a, timeouts, ...services } = smallest.config.services.shop!;
    const { endpoints: _b, timeouts: defaults, ...others } = bare.config.services.shop!;
    expect(services).toEqual(others);
    expect(timeouts).toEqual({ ...defaults, backendRequest: "1s" });
    expect(smallest.config.routes).toEqual(bare.config.routes);
  });
});

describe("parseConfig", () => {
  it("reports all faults at once, in the order of the text", () => {
    const faults = faultsOf(`servces: {}
services:
  shop:
    endpoints:
      - { id: a, url: "ftp://127.0.0.1", weight: 0 }
    retry: { attempts: 11, backof: 1s }
    timeouts: { backendRequest: 1m }
    limits:
routes:
  - rules:
      - backendRefs: [{ service: shp }]
`);
    expect(faults.map(({ path, line, suggestion }) => [path, line, suggestion])).toEqual([
      ["servces", 1, "services"],
      ["services.shop.endpoints[0].url", 5, undefined],
      ["services.shop.endpoints[0].weight", 5, undefined],
      ["services.shop.retry.attempts", 6, undefined],
      ["services.shop.retry.backof", 6, "backoff"],
      ["services.shop.timeouts.backendRequest", 7, undefined],
      ["services.shop.limits", 8, undefined],
      ["routes[0].rules[0].backendRefs[0].service", 11, "shop"],
    ]);
  });

  it("reports a misspelt key once, not also as a missing one", () => {
    const text = `services: { shop: { endpoints: [{ id: a, ulr: "http://a" }] } }\nroutes: [{ rules: [{}] }]`;
    expect(faultsOf(text)).toEqual([
      {
        path: "services.shop.endpoints[0].ulr",
        line: 1,
        column: 42,
        message: "is not a known key",
        suggestion: "url",
      },
    ]);
  });

  it("never throws on text", () => {
    const syntax = fc.string({ unit: fc.constantFrom(..."{}[]:,-?*&!|>'\"%@`# \n\tab1~") });
    fc.assert(
      fc.property(fc.oneof(fc.string(), syntax), fc.constantFrom("yaml" as const, "json" as const), (text, format) => {
        const result = parseConfig(text, { format });
        expect(result.ok).toBe(false);
        for (const fault of result.ok ? [] : result.faults) expect(fault.message).not.toBe("");
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("never throws on a config with a line changed", () => {
    const lines = SMALLEST_YAML.split("\n");
    fc.assert(
      fc.property(fc.nat(lines.length - 1), fc.string(), (index, line) => {
        parseConfig(lines.with(index, line).join("\n"));
      }),
      { seed: 2, numRuns: 200 },
    );
  });
});

describe("decodeConfig", () => {
  it("never throws on anything, and accepts none of it", () => {
    fc.assert(
      fc.property(fc.anything({ withMap: true, withSet: true, withBigInt: true, withNullPrototype: true }), (value) => {
        expect(decodeConfig(value).ok).toBe(false);
        expect(decodeConfig({ services: value, routes: value, edge: value }).ok).toBe(false);
        expect(decodeConfig({ services: { shop: value }, routes: [{ rules: [value] }] }).ok).toBe(false);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it("does not throw when the config does", () => {
    const config = {
      get services() {
        throw new Error("no services today");
      },
    };
    expect(decodeConfig(config)).toEqual({
      ok: false,
      faults: [{ path: "", message: "cannot be read: Error: no services today" }],
    });
  });

  it("treats a field that is undefined as absent", () => {
    const [service] = [BARE.services.shop];
    const services = { shop: { ...service, retry: undefined, hedge: undefined, timeouts: { request: undefined } } };
    expect(decodeConfig({ ...BARE, services, edge: undefined })).toEqual(
      decodeConfig({ ...BARE, services: { shop: service } }),
    );
  });

  it("accepts every valid config, and what it made of it, unchanged", () => {
    fc.assert(
      fc.property(arbitraryConfig, (config) => {
        const decoded = decodeConfig(config);
        expect(decoded).toMatchObject({ ok: true });
        if (!decoded.ok) return;
        expect(decodeConfig(decoded.config)).toEqual(decoded);
        expect(parseConfig(JSON.stringify(config), { format: "json" })).toEqual(decoded);
        expect(parseConfig(JSON.stringify(config), { format: "yaml" })).toEqual(decoded);
      }),
      { seed: 4, numRuns: 100 },
    );
  });

  it("reports an unknown key wherever it is", () => {
    const key = fc.constantFrom("__proto__", "constructor", "zzzzzzzz", "a b", "Weight ", "x-1", "");
    fc.assert(
      fc.property(arbitraryConfig, fc.nat(), key, (config, at, unknown) => {
        const copy = JSON.parse(JSON.stringify(config));
        const places = objectsIn(copy);
        const { object, path } = places[at % places.length]!;
        Object.defineProperty(object, unknown, { value: 1, enumerable: true, configurable: true, writable: true });
        const result = decodeConfig(copy);
        const found = result.ok ? [] : result.faults.map((fault) => fault.path);
        const expected = /^[\w$-]+$/.test(unknown)
          ? `${path}${path && "."}${unknown}`
          : `${path}[${JSON.stringify(unknown)}]`;
        expect(found).toContain(expected);
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});
