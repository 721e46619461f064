import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../../src/config/decode.ts";
import { refuses, shop } from "./faulty.ts";

const AT = "services.shop.discovery";
const found = (fields: string) => shop(`discovery: { ${fields} }`);
const kubernetes = (fields: string) => found(`kubernetes: [{ cluster: east, ${fields} }]`);

describe("discovery", () => {
  refuses([
    ["a floor of nothing", found("minEndpoints: 0"), `${AT}.minEndpoints`, 4, "must be at least 1"],
    [
      "times that cross",
      found("registration: { minTtl: 10s, maxTtl: 9s, ttl: 9s }"),
      `${AT}.registration.minTtl`,
      4,
      "is longer than maxTtl, 9s",
    ],
    [
      "a ttl out of its own bounds",
      found("registration: { ttl: 2s }"),
      `${AT}.registration.ttl`,
      4,
      "is shorter than minTtl, 5s",
    ],
    [
      "a challenge elsewhere",
      found("registration: { challenge: { path: 'x' } }"),
      `${AT}.registration.challenge.path`,
      4,
      "must be a path",
    ],
    [
      "sources of one name",
      found("dns: [{ hostname: a.example }, { hostname: b.example, name: dns-0 }]"),
      `${AT}.dns[1].name`,
      4,
      "dns[0] is named dns-0 already",
    ],
    [
      "a source named as registered instances are",
      found("dns: [{ hostname: a.example, name: registration }]"),
      `${AT}.dns[0].name`,
      4,
      "is what registered instances are called",
    ],
    [
      "a host that is none",
      found("dns: [{ hostname: 'https://x' }]"),
      `${AT}.dns[0].hostname`,
      4,
      "must be a host name",
    ],
    [
      "placeholders nobody knows",
      `${kubernetes('url: "https://{ip}"')}\ndiscovery: { clusters: { east: { apiServer: "https://k" } } }`,
      `${AT}.kubernetes[0].url`,
      4,
      "must be an http or https URL",
    ],
    [
      "a cluster that is not there",
      kubernetes('url: "https://{pod}.example.com"'),
      `${AT}.kubernetes[0].cluster`,
      4,
      "there is no cluster east",
    ],
    [
      "a token in the config",
      `${shop()}\ndiscovery: { clusters: { east: { apiServer: "https://k", tokenSecret: eyJhbGci } } }`,
      "discovery.clusters.east.tokenSecret",
      5,
      "must be the name of a secret",
    ],
    [
      "permission for something else",
      `${shop()}\ndiscovery: { allow: [metadata] }`,
      "discovery.allow[0]",
      5,
      "expected one of",
    ],
  ]);

  it("takes a service without endpoints of its own, and fills in every default", () => {
    const result = parseConfig("services: { shop: { endpoints: [], discovery: { registration: {} } } }\nroutes: []");
    expect(result.ok ? result.config.services.shop?.discovery : result.faults).toEqual({
      registration: { ttl: "15s", minTtl: "5s", maxTtl: "5m", priority: 0 },
      dns: [],
      kubernetes: [],
      minEndpoints: 1,
      maxRemovalPercent: 50,
      removalWindow: "5m",
      drain: "30s",
      damping: { flaps: 3, halfLife: "1m" },
    });
  });
});
