/**
 * Servers that the mesh asks or tells by itself, and that mean ill: token endpoints, receivers of notifications and of hooks, origins
 * that are probed. What they send back is 200 MB in 200 kB, or does not end, or points inside; memory stays, redirects are answers,
 * and the next try comes later. Key servers and authorizers are in ssrf.test.ts, resolvers and API servers in discovery.test.ts.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Api, startApi } from "../control/api-client.ts";
import { ask } from "../harness/ask.ts";
import { growthMb } from "../harness/memory.ts";
import { createResources } from "../harness/resources.ts";
import { stateOf, until } from "../harness/state.ts";

/** A try, and the next one: seconds, and minutes on a machine that stalls. */
const TRIED_MS = 90_000;
const BOMB = gzipSync(Buffer.alloc(200 * 1024 * 1024, " "));
/** Far below one bomb, far above what a runtime moves by itself. */
const GROWN_MB = 100;

const own = createResources();
const asked: string[] = [];
const closing = new Set<() => void>();
let how: keyof typeof ANSWERS = "well";

const ANSWERS = {
  well: (response: ServerResponse) => response.end("{}"),
  bomb: (response: ServerResponse) =>
    response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(BOMB),
  endless: (response: ServerResponse) => endless(response, 65_536, 1),
  drip: (response: ServerResponse) => endless(response, 1, 50),
  redirect: (response: ServerResponse) => response.writeHead(307, { location: "/inside" }).end(),
} as const;

function endless(response: ServerResponse, bytes: number, everyMs: number): void {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" ".repeat(bytes)), everyMs);
  const end = () => clearInterval(timer);
  closing.add(end);
  response.on("close", end);
}

const server = createServer((request, response) => {
  asked.push(request.url!);
  request.resume();
  if (request.url!.startsWith("/inside")) response.end("inside");
  else if (request.url!.startsWith("/origin")) response.end("origin");
  else ANSWERS[how](response);
});
const countOf = (path: string) => asked.filter((one) => one.startsWith(path)).length;
const askedAgain = async (path: string) => {
  const before = countOf(path);
  await until(
    `another question of ${path}`,
    TRIED_MS,
    () => countOf(path),
    (now) => now > before,
  );
};

let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await own.close();
  for (const end of closing) end();
  server.closeAllConnections();
  server.close();
});
afterEach(() => expect(countOf("/inside")).toBe(0));

const EVIL = ["bomb", "endless", "drip", "redirect"] as const;

describe("a token endpoint", () => {
  it.each(EVIL)("gets no memory, no request elsewhere and no token by an answer of the kind %s", async (kind) => {
    how = kind;
    const edge = await own.edge(
      `
services: { s: { endpoints: [{ id: o, url: "${url}/origin" }], credentials: [c], retry: { attempts: 0 } } }
authentication: { allow: [http, loopback] }
credentials:
  c: { type: ClientCredentials, tokenUrl: "${url}/token-${kind}", clientId: c, clientSecret: { secret: CLIENT_SECRET } }
routes: [{ rules: [{ backendRefs: [{ service: s }] }] }]`,
      { bindings: { CLIENT_SECRET: "the-secret-of-the-client" } },
    );
    const origins = countOf("/origin");
    const growth = await growthMb(edge.pid, async () => {
      const answer = await ask(edge, "/");
      expect(answer.status).toBe(503);
      expect(answer.text).not.toContain("the-secret-of-the-client");
    });
    expect(growth).toBeLessThan(GROWN_MB);
    expect(countOf("/origin")).toBe(origins);
    const problems = async () => (await stateOf(edge)).problems.join("\n");
    await until("a word on it", TRIED_MS, problems, (words) => words.includes("issuer"));
    // A second try comes, and not with each request.
    const tries = countOf(`/token-${kind}`);
    for (let i = 0; i < 5; i++) await ask(edge, "/");
    expect(countOf(`/token-${kind}`) - tries).toBeLessThanOrEqual(2);
    const trying = setInterval(() => void ask(edge, "/").catch(() => null), 500);
    await askedAgain(`/token-${kind}`);
    clearInterval(trying);
  });
});

describe("an origin that is probed", () => {
  it.each(["bomb", "endless", "drip"] as const)(
    "fills no memory by a body of the kind %s, and is probed on",
    async (kind) => {
      how = kind;
      const edge = await own.edge(`
services:
  s:
    endpoints: [{ id: o, url: "${url}" }]
    healthChecks: [{ path: /probe-${kind}, interval: 1s, timeout: 900ms, expectedBody: well }]
routes: [{ rules: [{ backendRefs: [{ service: s }] }] }]`);
      // Monitors begin with the first traffic.
      const calling = setInterval(() => void ask(edge, "/origin").catch(() => null), 500);
      const growth = await growthMb(edge.pid, async () => {
        for (let i = 0; i < 3; i++) await askedAgain(`/probe-${kind}`);
      });
      expect(growth).toBeLessThan(GROWN_MB);
      const health = async () => (await stateOf(edge)).services[0]!.endpoints[0]!.health;
      await until("unhealthy", TRIED_MS, health, (one) => one === "unhealthy");
      clearInterval(calling);
    },
  );
});

describe("a receiver of notifications and of hooks", () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi(undefined, { bindings: { HEDDLE_ALLOW_ENDPOINTS: "http,loopback" } });
  });
  afterAll(() => api?.stop());

  it.each(EVIL)("fills no memory and sends nobody elsewhere by an answer of the kind %s", async (kind) => {
    how = kind;
    const growth = await growthMb(api.edge.pid, async () => {
      await api.apply(`
services: { shop: { endpoints: [{ id: a, url: "${url}/origin" }] } }
notifications: [{ name: ${kind}, type: webhook, url: "${url}/hook-${kind}", severity: info, hold: 0s }]
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]
`);
      await until(
        "a delivery",
        TRIED_MS,
        () => countOf(`/hook-${kind}`),
        (now) => now > 0,
      );
      const read = async () => (await api.ask("/v1/notifications")).json.items[0];
      // A 200 is delivered with its head; what comes after it is not read. A redirect is no place to go to.
      const seen = await until(
        "what came of it",
        TRIED_MS,
        read,
        (one) => one.lastOkMs !== null || one.failures > 0 || one.lastError !== "",
      );
      if (kind === "redirect") expect(seen.lastError).toMatch(/307/);
      else expect(seen.lastError).toBe("");
    });
    expect(growth).toBeLessThan(GROWN_MB + 50);
  });
});
