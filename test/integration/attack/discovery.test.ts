/**
 * What discovery is answered by those who mean ill: a resolver and a Kubernetes API server whose answers lead inside a network,
 * elsewhere, or never end. Both are at public names, with certificates that are believed, so that nothing is allowed here that a
 * deployment has to allow: what is refused is refused by default.
 *
 * Names are not resolved: a target that has a public name may lead inside later (see the README, "Not protected").
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { type Answer, encode } from "dns-packet";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Api, startApi } from "../control/api-client.ts";
import { type DohServer, sendAnswer, startDoh } from "../dns/doh-server.ts";
import { createAuthority } from "../harness/certificates.ts";
import { growthMb } from "../harness/memory.ts";
import { until } from "../harness/state.ts";
import { type KubernetesServer, startKubernetes } from "../kubernetes/server/start.ts";
import { serviceObject, sliceObject } from "../kubernetes/watcher.ts";

/** An answer, a look of the registry, a set: seconds, and minutes on a machine that stalls. */
const SEEN_MS = 60_000;
const TOKEN = "the-token-of-the-cluster";
const PUBLIC = "93.184.216.34";
const BOMB = gzipSync(Buffer.alloc(200 * 1024 * 1024, " "));

const INSIDE_4 = [
  "127.0.0.1",
  "0.0.0.0",
  "10.0.0.1",
  "172.16.0.1",
  "192.168.1.1",
  "100.64.0.1",
  "100.100.100.200",
  "168.63.129.16",
  "169.254.1.1",
  "169.254.169.254",
  "224.0.0.1",
  "255.255.255.255",
];
const INSIDE_6 = [
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:169.254.169.254",
  "::ffff:0:10.0.0.1",
  "64:ff9b::a9fe:a9fe",
  "64:ff9b::7f00:1",
  "64:ff9b:1:a9fe:a9:fe00:808:808",
  "2002:a9fe:a9fe::1",
  "fe80::1",
  "fe80::5efe:8.8.8.8",
  "fc00::1",
  "fd00:ec2::254",
  "ff02::1",
];
const INSIDE_NAMES = [
  "localhost",
  "a.localhost",
  "db",
  "db.corp",
  "printer.local",
  "web.default.svc",
  "metadata.google.internal",
  "instance-data.ec2.internal",
  "127.0.0.1",
  "127.1",
  "0x7f000001",
  "2852039166",
  "169.254.169.254",
];

interface SourceSeen {
  readonly name: string;
  readonly state: string;
  readonly endpoints: number;
  readonly failures: number;
  readonly error: string;
  readonly refused: number;
  readonly refusal: string;
}

let doh: DohServer;
let kubernetes: KubernetesServer;
let api: Api;
const inside: string[] = [];
const metadata = createServer((request, response) => {
  inside.push(request.url!);
  response.end("{}");
});
const away = () => `http://127.0.0.1:${(metadata.address() as AddressInfo).port}/inside`;

const a = (data: string): Answer => ({ type: "A", name: "four.example.com", ttl: 1, data });
const aaaa = (data: string): Answer => ({ type: "AAAA", name: "six.example.com", ttl: 1, data });
const srv = (target: string): Answer => ({
  type: "SRV",
  name: "_https._tcp.srv.example.com",
  ttl: 1,
  data: { target, port: 443, priority: 0, weight: 1 },
});

const dns = (hostname: string, type: string, url: string) =>
  `{ hostname: ${hostname}, type: ${type}, url: "${url}", resolver: "https://dns.example.com/dns-query", minTtl: 1s, maxTtl: 1s, timeout: 5s }`;
const pods = (name: string, url: string) => `{ cluster: eu, select: { names: [${name}] }, url: "${url}" }`;

const CONFIG = `
discovery: { clusters: { eu: { apiServer: "https://kubernetes.example.com", cloud: aws, region: eu-west-1 } } }
services:
  four: { endpoints: [], discovery: { drain: 1s, dns: [${dns("four.example.com", "A", "https://{address}")}] } }
  six: { endpoints: [], discovery: { drain: 1s, dns: [${dns("six.example.com", "AAAA", "https://{address}")}] } }
  srv: { endpoints: [], discovery: { drain: 1s, dns: [${dns("_https._tcp.srv.example.com", "SRV", "https://{target}:{port}")}] } }
  pods: { endpoints: [], discovery: { drain: 1s, kubernetes: [${pods("web", "https://{address}")}] } }
  pods6: { endpoints: [], discovery: { drain: 1s, kubernetes: [${pods("web6", "https://{address}")}] } }
  balanced: { endpoints: [], discovery: { drain: 1s, kubernetes: [${pods("lb", "https://{ingress}")}] } }
routes: [{ rules: [{ backendRefs: [{ service: four }] }] }]
`;

beforeAll(async () => {
  await new Promise<void>((resolve) => metadata.listen(0, "127.0.0.1", resolve));
  const authority = await createAuthority("The authority of discovery's tests");
  const certificate = async (name: string) => {
    const { key, cert } = await authority.issue(name, [name]);
    return { key, cert };
  };
  doh = await startDoh(await certificate("dns.example.com"));
  kubernetes = await startKubernetes({
    authorize: (token) => (token === TOKEN ? "yes" : "who?"),
    tls: await certificate("kubernetes.example.com"),
  });
  for (const name of ["web", "web6", "lb"]) kubernetes.apply(serviceObject(name));
  const at = (url: string) => new URL(url).host;
  api = await startApi(
    undefined,
    { bindings: { CLUSTER_TOKEN_EU: TOKEN } },
    {
      hosts: [
        { hostname: "dns.example.com", address: at(doh.url), authority: authority.cert },
        { hostname: "kubernetes.example.com", address: at(kubernetes.url), authority: authority.cert },
      ],
    },
  );
  doh.zone = zoneOf([PUBLIC], ["2606:4700::1111"], ["srv.example.net"]);
  putPods("web", [PUBLIC]);
  putPods("web6", ["2606:4700::1111"]);
  balance([{ ip: PUBLIC }]);
  await api.apply(CONFIG);
  for (const service of ["four", "six", "srv", "pods", "pods6", "balanced"]) {
    await seen(service, ({ endpoints }) => endpoints === 1);
  }
});

afterAll(async () => {
  await api?.stop();
  await doh?.stop();
  await kubernetes?.stop();
  metadata.close();
});

afterEach(() => {
  doh.intercept = null;
  kubernetes.intercept = null;
  expect(inside).toEqual([]);
});

function zoneOf(four: readonly string[], six: readonly string[], targets: readonly string[]): DohServer["zone"] {
  return {
    "four.example.com": four.map(a),
    "six.example.com": six.map(aaaa),
    "_https._tcp.srv.example.com": targets.map(srv),
  };
}

function putPods(service: string, addresses: readonly string[]): void {
  const slice = sliceObject(service, Object.fromEntries(addresses.map((address) => [address, {}])));
  kubernetes.apply({ ...slice, addressType: service === "web6" ? "IPv6" : "IPv4" });
}

function balance(ingress: readonly object[]): void {
  kubernetes.apply(serviceObject("lb", { status: { loadBalancer: { ingress } } }));
  kubernetes.apply(sliceObject("lb", { "203.0.113.1": {} }));
}

/** The service's source, and its set, once they are so. */
async function seen(service: string, holds: (source: SourceSeen) => boolean) {
  const read = async () => {
    const { json } = await api.ask("/v1/discovery?limit=200");
    return json.items.find((one: { service: string }) => one.service === service);
  };
  // biome-ignore lint/suspicious/noExplicitAny: it is what the API answers
  const found: any = await until(`the source of ${service}`, SEEN_MS, read, (one: any) => holds(one.sources[0]));
  return { source: found.sources[0] as SourceSeen, set: found.set as { endpoints: number; held: number } };
}

/** By which the service's monitor knows its endpoints. */
async function idsOf(service: string): Promise<string[]> {
  const { json } = await api.ask(`/v1/services/${service}/endpoints`);
  return (json.items as { id: string }[]).map(({ id }) => id);
}

describe("endpoints that discovery is told of", () => {
  it.each([
    ["A records", "four", INSIDE_4, PUBLIC],
    ["AAAA records", "six", INSIDE_6, "2606:4700::1111"],
    ["SRV targets", "srv", INSIDE_NAMES, "srv.example.net"],
    ["slices of IPv4", "pods", INSIDE_4, PUBLIC],
    ["slices of IPv6", "pods6", INSIDE_6, "2606:4700::1111"],
    ["load balancers", "balanced", [...INSIDE_4, ...INSIDE_NAMES.slice(0, 8)], PUBLIC],
  ])("are refused inside a network, one by one, and the last good set stays: %s", async (_, service, bad, good) => {
    const tell = (values: readonly string[]) => {
      if (service === "pods" || service === "pods6") putPods(service === "pods" ? "web" : "web6", values);
      else if (service === "balanced") {
        balance(values.map((value) => (/^[0-9.]+$/.test(value) ? { ip: value } : { hostname: value })));
      } else {
        doh.zone = zoneOf(
          service === "four" ? values : [PUBLIC],
          service === "six" ? values : ["2606:4700::1111"],
          service === "srv" ? values : ["srv.example.net"],
        );
      }
    };
    const before = await until(
      "the good one",
      SEEN_MS,
      () => idsOf(service),
      ({ length }) => length === 1,
    );
    tell([...bad, good]);
    const { source } = await seen(service, ({ refused }) => refused > 0);
    // Spellings of one address are one endpoint.
    const distinct = new Set(bad.map((host) => new URL(`https://${host.includes(":") ? `[${host}]` : host}`).host));
    expect(source).toMatchObject({ endpoints: 1, refused: distinct.size });
    expect(source.refusal).toMatch(/its URL (leads|is|has)/);
    tell(bad);
    const { set } = await seen(service, ({ endpoints }) => endpoints === 0);
    expect(set).toMatchObject({ endpoints: 1 });
    tell([good]);
    await seen(service, ({ endpoints, refused }) => endpoints === 1 && refused === 0);
    expect(await idsOf(service)).toEqual(before);
  });

  it("are the addresses that aliases lead to, whatever these are called", async () => {
    doh.zone = {
      ...doh.zone,
      "four.example.com": [{ type: "CNAME", name: "four.example.com", ttl: 1, data: "public.example.net" }],
      "public.example.net": [{ type: "A", name: "public.example.net", ttl: 1, data: "169.254.169.254" }],
    };
    const { source, set } = await seen("four", ({ refused }) => refused === 1);
    expect(source.refusal).toContain("is a cloud's metadata service");
    expect(set).toMatchObject({ endpoints: 1 });
    doh.zone = zoneOf([PUBLIC], ["2606:4700::1111"], ["srv.example.net"]);
    await seen("four", ({ refused }) => refused === 0);
  });
});

describe("a resolver that means ill", () => {
  /** It has what it had, and says what is wrong; then it is asked again. */
  const endured = async (error: RegExp) => {
    const { source, set } = await seen("four", (one) => one.error !== "");
    expect(source).toMatchObject({ state: "failing", endpoints: 1 });
    expect(source.error).toMatch(error);
    expect(set).toMatchObject({ endpoints: 1 });
    const asked = doh.asked.length;
    await until(
      "another question",
      SEEN_MS,
      () => doh.asked.length,
      (now) => now > asked,
    );
    doh.intercept = null;
    await seen("four", (one) => one.error === "");
  };

  it.each([301, 302, 303, 307, 308])("sends nobody elsewhere by %s", async (status) => {
    doh.intercept = (_request, response) => response.writeHead(status, { location: away() }).end();
    await endured(new RegExp(`the resolver answers ${status}`));
  });

  it("fills no memory by an answer of 200 MB in 200 kB, and by one that does not end", async () => {
    const growth = await growthMb(api.edge.pid, async () => {
      doh.intercept = (_request, response) =>
        response.writeHead(200, { "content-type": "application/dns-message", "content-encoding": "gzip" }).end(BOMB);
      await endured(/the resolver's answer is no DNS message/);
      const ending: ReturnType<typeof setInterval>[] = [];
      doh.intercept = (_request, response) => {
        response.writeHead(200, { "content-type": "application/dns-message" });
        const timer = setInterval(() => response.write(Buffer.alloc(16_384)), 1);
        response.on("close", () => clearInterval(timer));
        ending.push(timer);
      };
      await endured(/the resolver's answer is no DNS message/);
      for (const timer of ending) clearInterval(timer);
    });
    expect(growth).toBeLessThan(100);
  });

  it("holds nobody by an answer that drips", async () => {
    doh.intercept = (_request, response) => {
      response.writeHead(200, { "content-type": "application/dns-message" });
      const timer = setInterval(() => response.write("\0"), 100);
      response.on("close", () => clearInterval(timer));
    };
    await endured(/did not answer in 5000 ms/);
  });

  it("makes no loops by names that point at each other, and no endpoints by thousands of records", async () => {
    doh.intercept = (_request, response, query) => {
      const packet = encode({ id: 0, type: "response", questions: query.questions!, answers: [] });
      const looped = Buffer.concat([packet, Buffer.from("c00cc00c", "hex")]);
      looped.writeUInt16BE(60_000, 6);
      response.writeHead(200, { "content-type": "application/dns-message" }).end(looped);
    };
    await endured(/the resolver's answer is no DNS message/);
    doh.intercept = (_request, response, query) => {
      const answers = Array.from({ length: 1_500 }, (_, i) => a(`93.184.${i >> 8}.${i & 255}`));
      sendAnswer(response, { id: 0, type: "response", questions: query.questions!, answers });
    };
    const { source } = await seen("four", ({ endpoints }) => endpoints > 1);
    expect(source.endpoints).toBeLessThanOrEqual(1_500);
    expect(source.endpoints + source.refused).toBe(1_500);
    doh.intercept = null;
    await seen("four", ({ endpoints }) => endpoints === 1);
  });
});

describe("an API server that means ill", () => {
  type Intercept = NonNullable<KubernetesServer["intercept"]>;
  type Response = Parameters<Intercept>[1];
  const bomb = (response: Response) =>
    response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(BOMB);

  /** Something is heard on both streams: it ends a run of failures, and with it long waits. */
  const heard = async () => {
    await until(
      "two watches",
      SEEN_MS,
      () => kubernetes.openWatches,
      (open) => open >= 2,
    );
    const heardBefore = await heardAtMs();
    await until(
      "a bookmark on each",
      SEEN_MS,
      () => {
        kubernetes.bookmark();
        return heardAtMs();
      },
      (now) => now > heardBefore,
    );
  };
  const heardAtMs = async () => {
    const { json } = await api.ask("/v1/discovery");
    return Math.min(...json.clusters[0].streams.map((one: { heardAtMs: number }) => one.heardAtMs));
  };

  /** Lists of slices, or watches of them, are answered like this; it says what is wrong, keeps what it had, and tries again. */
  const endured = async (what: "list" | "watch", answer: (response: Response) => unknown, error: RegExp) => {
    await heard();
    let wasGone = false;
    kubernetes.intercept = (request, response) => {
      if (!request.url!.includes("endpointslices")) return false;
      const isWatch = request.url!.includes("watch=");
      // A version that is gone makes it list anew, at once.
      const isRefused = what === "list" && isWatch && !wasGone;
      wasGone ||= isRefused;
      if (isRefused) response.writeHead(410).end('{"kind":"Status","code":410}');
      else if (isWatch === (what === "watch")) answer(response);
      else return false;
      return true;
    };
    kubernetes.endWatches("end");
    const { source, set } = await seen("pods", (one) => error.test(one.error));
    expect(source).toMatchObject({ state: "failing", endpoints: 1 });
    expect(set).toMatchObject({ endpoints: 1 });
    kubernetes.intercept = null;
    await seen("pods", (one) => one.error === "");
  };

  it.each([
    ["list", 302],
    ["watch", 307],
  ] as const)("sends neither the token nor anybody elsewhere: a %s by %s", async (what, status) => {
    const redirect = (response: Response) => response.writeHead(status, { location: away() }).end();
    await endured(what, redirect, new RegExp(`${status} for`));
  });

  it.each([
    ["list", /a page of more than 16 MiB/],
    ["watch", /a watch line that does not end/],
  ] as const)("fills no memory by 200 MB in 200 kB: a %s", async (what, error) => {
    const growth = await growthMb(api.edge.pid, () => endured(what, bomb, error));
    expect(growth).toBeLessThan(200);
  });

  it("is left when its list does not end", async () => {
    let pages = 0;
    const page = (response: Response) => {
      const metadata = { resourceVersion: "1", continue: `page-${++pages}` };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ kind: "EndpointSliceList", metadata, items: [] }));
    };
    await endured("list", page, /a list that does not end/);
  });

  it.each([
    ["list", { kind: `None for ${TOKEN}` }],
    ["watch", { type: "ERROR", object: { kind: "Status", code: 500, message: `for ${TOKEN}` } }],
  ] as const)("does not get its token shown by repeating it: a %s", async (what, words) => {
    const repeat = (response: Response) =>
      response.writeHead(200, { "content-type": "application/json" }).end(`${JSON.stringify(words)}\n`);
    await endured(what, repeat, /\[token\]/);
  });
});
