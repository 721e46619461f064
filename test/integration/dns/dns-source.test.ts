/** Endpoints from a resolver over real HTTP. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { dnsSource } from "../../../src/discovery/dns/dns-source.ts";
import type { DnsSource } from "../../../src/discovery/dns/settings.ts";
import { newSource, onResult, type SourceState } from "../../../src/discovery/source.ts";
import { type DohServer, RCODE, refusal, sendAnswer, startDoh, truncated } from "./doh-server.ts";

const NOW_MS = 1_000_000;
const POLICY = { allow: ["http", "loopback"] as const };

let server: DohServer;

beforeAll(async () => {
  server = await startDoh();
});

afterEach(() => {
  server.zone = {};
  server.intercept = null;
  server.negativeTtl = 30;
});

afterAll(() => server.stop());

function settings(over: Partial<DnsSource> = {}): DnsSource {
  return {
    name: "dns-0",
    hostname: "_https._tcp.shop.example.com",
    type: "SRV",
    url: "https://{target}:{port}",
    resolver: server.url,
    minTtlMs: 5_000,
    maxTtlMs: 300_000,
    // A machine that stands still is no resolver that is silent.
    timeoutMs: 30_000,
    weight: 1,
    priority: 0,
    labels: {},
    cloud: "aws",
    region: "eu-west-1",
    zone: "",
    ...over,
  };
}

/** What the registry knows after one look more. Nothing is drawn at random: waits are whole. */
async function look(own: DnsSource, before: SourceState = newSource("dns-0", "dns")): Promise<SourceState> {
  const source = dnsSource(own, { fetch: (url, init) => fetch(url, init), rng: () => 0, policy: POLICY });
  return onResult(before, await source.look(NOW_MS, before), POLICY);
}

const shown = ({ found }: SourceState) =>
  found.map(({ endpoint: { origin, basePath, weight, priority } }) => `${origin}${basePath} ${weight} ${priority}`);
const waitMs = ({ nextMs }: SourceState) => nextMs - NOW_MS;

const srv = (target: string, port: number, priority: number, weight: number, ttl = 60) =>
  ({ type: "SRV", name: "_https._tcp.shop.example.com", ttl, data: { target, port, priority, weight } }) as const;
const a = (name: string, data: string, ttl = 60) => ({ type: "A", name, ttl, data }) as const;
const aaaa = (name: string, data: string, ttl = 60) => ({ type: "AAAA", name, ttl, data }) as const;
const cname = (name: string, data: string, ttl = 60) => ({ type: "CNAME", name, ttl, data }) as const;

describe("a DNS source", () => {
  it("takes SRV records with their ports, priorities and weights", async () => {
    server.zone = {
      "_https._tcp.shop.example.com": [
        srv("b.example.com", 443, 10, 30),
        srv("a.example.com", 8_443, 10, 10),
        srv("c.example.com", 443, 20, 0),
      ],
    };
    const state = await look(settings({ weight: 2, priority: 1 }));
    expect(shown(state)).toEqual([
      "https://a.example.com:8443 1 1",
      "https://b.example.com 3 1",
      "https://c.example.com 2 2",
    ]);
    expect(state.found[0]?.endpoint).toMatchObject({ locality: { cloud: "aws", region: "eu-west-1" }, near: "weur" });
    expect(waitMs(state)).toBe(60_000);
  });

  it("takes A and AAAA records of one name together", async () => {
    server.zone = {
      "shop.example.com": [a("shop.example.com", "203.0.113.9"), aaaa("shop.example.com", "2001:db8::1", 20)],
    };
    const own = settings({
      hostname: "Shop.example.com",
      type: "address",
      url: "https://{dashed}.origin.example.com/api",
    });
    const state = await look(own);
    expect(shown(state)).toEqual([
      "https://2001-db8-0-0-0-0-0-1.origin.example.com/api 1 0",
      "https://203-0-113-9.origin.example.com/api 1 0",
    ]);
    expect(waitMs(state)).toBe(20_000);
    expect(server.asked.slice(-2).map(({ type }) => type)).toEqual(["A", "AAAA"]);
  });

  it("writes IPv6 addresses in brackets", async () => {
    server.zone = { "six.example.com": [aaaa("six.example.com", "2620:fe::fe")] };
    const state = await look(settings({ hostname: "six.example.com", type: "AAAA", url: "https://{address}:8443" }));
    expect(shown(state)).toEqual(["https://[2620:fe::fe]:8443 1 0"]);
  });

  it("follows aliases, and holds no longer than the shortest of them", async () => {
    server.zone = {
      "shop.example.com": [cname("shop.example.com", "one.cdn.example.net", 300)],
      "one.cdn.example.net": [cname("one.cdn.example.net", "TWO.cdn.example.net", 12)],
      "two.cdn.example.net": [a("two.cdn.example.net", "93.184.216.34", 600)],
    };
    const state = await look(settings({ hostname: "shop.example.com", type: "A", url: "https://{address}" }));
    expect(shown(state)).toEqual(["https://93.184.216.34 1 0"]);
    expect(waitMs(state)).toBe(12_000);
  });

  it.each([
    ["shorter than the least", 1, 5_000],
    ["within", 77, 77_000],
    ["longer than the most", 86_400, 300_000],
  ])("asks again when the TTL has run out: %s", async (_, ttl, expected) => {
    server.zone = { "_https._tcp.shop.example.com": [srv("a.example.com", 443, 0, 0, ttl)] };
    expect(waitMs(await look(settings()))).toBe(expected);
  });

  it("takes the time that an answer has spent in a cache from its TTL", async () => {
    server.intercept = (_request, response, query) => {
      const answers = [srv("a.example.com", 443, 0, 0, 60)];
      sendAnswer(response, { id: 0, type: "response", questions: query.questions!, answers }, { age: "45" });
    };
    expect(waitMs(await look(settings()))).toBe(15_000);
  });

  it("says that a name is not there, keeps what it had, and asks again when the denial has run out", async () => {
    server.zone = { "_https._tcp.shop.example.com": [srv("a.example.com", 443, 0, 0)] };
    const before = await look(settings());
    server.zone = {};
    const after = await look(settings(), before);
    expect(after.error).toBe("NXDOMAIN: there is no name _https._tcp.shop.example.com");
    expect(shown(after)).toEqual(["https://a.example.com 1 0"]);
    expect(waitMs(after)).toBe(30_000);
  });

  it("says where an alias to nowhere leads", async () => {
    server.zone = { "shop.example.com": [cname("shop.example.com", "gone.example.net")] };
    const state = await look(settings({ hostname: "shop.example.com", type: "A", url: "https://{address}" }));
    expect(state.error).toBe("NXDOMAIN: there is no name gone.example.net, to which shop.example.com leads");
  });

  it("takes a name without records of the type for an answer: there are none", async () => {
    server.negativeTtl = 90;
    server.zone = { "_https._tcp.shop.example.com": [a("_https._tcp.shop.example.com", "203.0.113.1")] };
    const state = await look(settings());
    expect(state).toMatchObject({ error: "", found: [], goodAtMs: NOW_MS });
    expect(waitMs(state)).toBe(90_000);
  });

  it('takes a target of "." for the word that the service is not here', async () => {
    server.zone = { "_https._tcp.shop.example.com": [srv(".", 0, 0, 0)] };
    expect(await look(settings())).toMatchObject({ error: "", found: [] });
  });

  it.each<[string, NonNullable<DohServer["intercept"]>, string]>([
    ["SERVFAIL", (_, response, query) => sendAnswer(response, refusal(query, RCODE.SERVFAIL)), "SERVFAIL"],
    ["REFUSED", (_, response, query) => sendAnswer(response, refusal(query, RCODE.REFUSED)), "REFUSED"],
    ["a truncated answer", (_, response, query) => sendAnswer(response, truncated(query)), "a truncated answer"],
    ["a page", (_, response) => response.end("<html>"), "the resolver's answer is no DNS message"],
    ["too much", (_, response) => response.end(Buffer.alloc(100_000)), "the resolver's answer is no DNS message"],
    ["an error status", (_, response) => response.writeHead(502).end(), "the resolver answers 502"],
    ["a redirect", (_, response) => response.writeHead(302, { location: "/" }).end(), "the resolver answers 302"],
    ["silence", () => null, "the resolver did not answer in 500 ms"],
    ["a cut connection", (_, response) => response.destroy(), "no connection to the resolver"],
  ])("keeps what it had and says so after %s", async (_, intercept, error) => {
    server.zone = { "_https._tcp.shop.example.com": [srv("a.example.com", 443, 0, 0)] };
    const before = await look(settings());
    server.intercept = intercept;
    const asked = error.includes("in 500 ms") ? settings({ timeoutMs: 500 }) : settings();
    const after = await look(asked, before);
    expect(after.error).toContain(`_https._tcp.shop.example.com: ${error}`);
    expect(shown(after)).toEqual(shown(before));
    expect(waitMs(after)).toBe(1_000);
    expect(waitMs(await look(asked, after))).toBe(2_000);
  });

  it("asks no sooner than the resolver wants", async () => {
    server.intercept = (_request, response) => response.writeHead(429, { "retry-after": "20" }).end();
    expect(waitMs(await look(settings()))).toBe(20_000);
  });

  it.each(["999999999", "1e308", "Infinity"])(
    "asks again within minutes, though the resolver wants %s s",
    async (wanted) => {
      server.intercept = (_request, response) => response.writeHead(503, { "retry-after": wanted }).end();
      expect(waitMs(await look(settings()))).toBe(300_000);
    },
  );

  it("believes no answer to another question", async () => {
    server.intercept = (_request, response, query) => {
      const questions = [{ ...query.questions![0]!, name: "other.example.com" }];
      sendAnswer(response, { id: 0, type: "response", questions, answers: [srv("evil.example.com", 443, 0, 0)] });
    };
    expect((await look(settings())).error).toContain("an answer to another question");
  });

  it("leaves out what leads into a private network, and asks no resolver there", async () => {
    server.zone = { "shop.example.com": [a("shop.example.com", "10.0.0.1"), a("shop.example.com", "93.184.216.34")] };
    const own = settings({ hostname: "shop.example.com", type: "A", url: "https://{address}" });
    expect(await look(own)).toMatchObject({ refused: 1, found: [{ ready: true }] });
    const asked = server.asked.length;
    const error = (await look(settings({ resolver: "https://169.254.169.254/dns-query" }))).error;
    expect(error).toContain("resolver");
    expect(server.asked).toHaveLength(asked);
  });
});
