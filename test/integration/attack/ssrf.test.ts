/**
 * Server-side request forgery: addresses inside somebody's network, in every place of a config that holds a URL and in every
 * spelling, and what the mesh does with servers that it asks by itself: redirects elsewhere, and answers that explode.
 *
 * Limits, said once here and in src/security/README.md: names are not resolved, so a public name may lead to a private address, now
 * or later (DNS rebinding). What keeps that harmless is where requests leave from: Cloudflare's network reaches no private address.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { type Api, startApi } from "../control/api-client.ts";
import { ask } from "../harness/ask.ts";
import { growthMb } from "../harness/memory.ts";
import { createResources } from "../harness/resources.ts";

const own = createResources();
afterAll(own.close);

const SPELLINGS = [
  "http://shop.example.com",
  "https://127.0.0.1",
  "https://127.1",
  "https://2130706433",
  "https://0x7f000001",
  "https://0x7f.1",
  "https://0177.0.0.1",
  "https://0",
  "https://localhost",
  "https://localhost.",
  "https://LOCALHOST",
  "https://a.localhost",
  "https://10.0.0.1",
  "https://192.168.1.1",
  "https://172.16.0.1",
  "https://100.64.0.1",
  "https://169.254.169.254",
  "https://0xA9FEA9FE",
  "https://0251.0376.0251.0376",
  "https://2852039166",
  "https://[::1]",
  "https://[::]",
  "https://[::ffff:127.0.0.1]",
  "https://[::ffff:7f00:1]",
  "https://[::ffff:a9fe:a9fe]",
  "https://[64:ff9b::a9fe:a9fe]",
  "https://[2002:a9fe:a9fe::1]",
  "https://[fd00:ec2::254]",
  "https://[fe80::1]",
  "https://[fc00::1]",
  "https://metadata.google.internal",
  "https://metadata.google.internal.",
  "https://１２７.０.０.１",
  "https://127。0。0。1",
  "https://db",
  "https://db.corp",
  "https://printer.local",
  "https://shop.example.com:22",
];

/** A config with the URL in one of its places. */
const PLACES: Readonly<Record<string, (url: string) => object>> = {
  "an endpoint": (url) => ({ services: { shop: { endpoints: [{ id: "a", url }] } } }),
  "a JWKS": (url) => ({
    authentication: { providers: { p: { type: "JWT", issuer: "x", jwks: { uri: `${url}/jwks` } } } },
  }),
  "an authorizer": (url) => ({ authentication: { providers: { p: { type: "External", url } } } }),
  "an API server": (url) => ({ discovery: { clusters: { gke: { apiServer: url } } } }),
  "a resolver": (url) => ({
    services: {
      shop: {
        endpoints: [{ id: "a", url: "https://a.example.com" }],
        discovery: { dns: [{ hostname: "shop.example.com", resolver: `${url}/dns-query` }] },
      },
    },
  }),
  "a token endpoint": (url) => ({
    credentials: {
      c: {
        type: "ClientCredentials",
        tokenUrl: `${url}/token`,
        clientId: "c",
        clientSecret: { secret: "CLIENT_SECRET" },
      },
    },
  }),
  "a webhook": (url) => ({ notifications: [{ name: "n", type: "webhook", url: `${url}/hook` }] }),
  "a hook that heals": (url) => ({
    services: {
      shop: {
        endpoints: [{ id: "a", url: "https://a.example.com" }],
        selfHealing: [{ name: "h", on: "down", url: `${url}/heal` }],
      },
    },
  }),
  "a collector of traces": (url) => ({ telemetry: { tracing: { enabled: true, endpoint: `${url}/v1/traces` } } }),
};

describe("a URL of a config", () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api?.stop());

  const refusalOf = async (more: object) => {
    const config = {
      services: { shop: { endpoints: [{ id: "a", url: "https://a.example.com" }] } },
      routes: [{ rules: [{ backendRefs: [{ service: "shop" }] }] }],
      ...more,
    };
    const reply = await api.ask("/v1/config?dryRun=true", {
      method: "PUT",
      text: JSON.stringify(config),
      type: "application/json",
      headers: { "if-match": '"0"' },
    });
    return { status: reply.status, text: reply.text };
  };

  it.each(Object.keys(PLACES))("that is %s is refused in every spelling of an address inside", async (place) => {
    const accepted = [];
    for (const url of SPELLINGS) {
      const { status } = await refusalOf(PLACES[place]!(url));
      if (status !== 422) accepted.push(`${url}: ${status}`);
    }
    expect(accepted).toEqual([]);
    const fine = await refusalOf(PLACES[place]!("https://public.example.com"));
    expect(fine.status, fine.text).toBe(200);
  });

  it("cannot allow itself what the deployment does not", async () => {
    const allowed = { allow: ["http", "private", "loopback"] };
    const { status, text } = await refusalOf({ discovery: allowed, authentication: allowed });
    expect([status, (JSON.parse(text) as { faults: unknown[] }).faults.length]).toEqual([422, 6]);
  });
});

describe("a server that the mesh asks by itself", () => {
  let edge: Edge;
  const asked: string[] = [];
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
  const server = createServer((request, response) => {
    asked.push(request.url!);
    if (request.url!.includes("bomb")) {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(bomb);
    } else if (request.url!.includes("away")) {
      response.writeHead(302, { location: "/inside" }).end();
    } else response.end('{"keys":[]}');
  });
  const token = [{ alg: "ES256", kid: "k" }, { iss: "x", exp: 9_000_000_000 }, {}]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const origin = await own.origin("origin");
    const jwt = (path: string) => `{ type: JWT, issuer: x, jwks: { uri: "${url}${path}" } }`;
    const rules = ["keys-bomb", "keys-away", "asks-bomb", "asks-away"].map(
      (name) =>
        `{ matches: [{ path: { value: /${name} } }], authentication: { providers: [${name}] }, backendRefs: [{ service: s }] }`,
    );
    edge = await own.edge(`
services:
  s: { endpoints: [{ id: o, url: "${origin.url}" }] }
  probed: { endpoints: [{ id: o, url: "${url}" }], healthChecks: [{ path: /bomb, interval: 1s, expectedBody: x }] }
authentication:
  allow: [http, loopback]
  providers:
    keys-bomb: ${jwt("/bomb")}
    keys-away: ${jwt("/away")}
    asks-bomb: { type: External, url: "${url}" }
    asks-away: { type: External, url: "${url}" }
routes: [{ rules: [${rules.join(", ")}] }]`);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it("is not inflated: an answer of 200 MB in 200 kB costs next to nothing, and lets nobody in", async () => {
    await ask(edge, "/asks-bomb/first");
    const growth = await growthMb(edge.pid, async () => {
      const keys = await ask(edge, "/keys-bomb", { headers: { authorization: `Bearer ${token}` } });
      expect(keys.status).toBe(503);
      for (let i = 0; i < 3; i++) await ask(edge, "/asks-bomb");
    });
    expect(bomb.length).toBeLessThan(300 * 1024);
    expect(growth).toBeLessThan(60);
  });

  it("does not send the mesh elsewhere: redirects are answers, and no keys", async () => {
    const keys = await ask(edge, "/keys-away", { headers: { authorization: `Bearer ${token}` } });
    expect(keys.status).toBe(503);
    expect((await ask(edge, "/asks-away")).status).toBe(302);
    expect(asked.filter((path) => path.startsWith("/inside"))).toEqual([]);
    expect(asked.filter((path) => path.includes("away")).length).toBeGreaterThan(1);
  });
});
