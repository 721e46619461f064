/** A cluster that is watched over real HTTP from a Durable Object on workerd, and everything that can go wrong with it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FollowRequest } from "../../../durable-objects/cluster-watch/follow.ts";
import { type KubernetesServer, startKubernetes } from "./server/start.ts";
import { until } from "./until.ts";
import { clusterAt, following, serviceObject, sliceObject, sourceOf, startWatcher, type Watcher } from "./watcher.ts";

const TOKEN = "a-secret-token-of-the-cluster";
/** A change is in the registry after: one line of HTTP, 50 ms of waiting for more, one call. */
const CONVERGED_MS = 1_000;
/** Rounds of the same changes: a busy machine may be late in some, and no machine is late in all of them. */
const ROUNDS = 4;

let watcher: Watcher;
let server: KubernetesServer;
let run = 0;
let service: string;
let request: FollowRequest;

beforeAll(async () => {
  watcher = await startWatcher({ CLUSTER_TOKEN_EU: TOKEN, CLUSTER_TOKEN_US: "admin", CLUSTER_TOKEN_OLD: "expired" });
});

afterAll(() => watcher?.close());

const authorize = (token: string) => (token === TOKEN || token === "admin" ? "yes" : "who?");

beforeEach(async () => {
  server = await startKubernetes({ authorize });
  run++;
  service = `shop-${run}`;
  request = onRun();
  server.apply(serviceObject("shop"));
});

afterEach(async () => {
  // Nobody follows it any more, so that its alarm ends with the round, and the round with its server.
  await watcher.follow({ ...request, sources: [] });
  await server.stop();
});

/** Each test has a cluster of its own name: an object of its own. */
function onRun(over: Parameters<typeof clusterAt>[1] = {}, source: Parameters<typeof sourceOf>[0] = {}): FollowRequest {
  const cluster = clusterAt(server.url, { name: `c${run}`, ...over });
  return following(cluster, [sourceOf({ cluster: cluster.name, ...source })], service);
}

async function source(of = service) {
  return (await watcher.states(of)).sources[0];
}

/** "address" of those that are ready, "(address)" of those that are not. */
async function found(of = service): Promise<string[]> {
  const hosts = (await source(of))?.found.map(({ endpoint, ready }) => {
    const host = new URL(endpoint.origin).hostname;
    return ready ? host : `(${host})`;
  });
  return hosts ?? [];
}

const finds = async (...hosts: string[]) => until(async () => (await found()).join() === hosts.join());

async function follow(): Promise<void> {
  expect(await watcher.follow(request)).toEqual({ ok: true });
}

const put = (pods: Parameters<typeof sliceObject>[1]) => server.apply(sliceObject("shop", pods));

describe("a watched cluster", () => {
  it("is listed, then watched: pods come, go and become unready, each within a second", async () => {
    put({ "127.0.0.1": {} });
    await follow();
    await finds("127.0.0.1");
    await until(() => server.openWatches === 2);
    const rounds: number[][] = [];
    for (let round = 0; round < ROUNDS && !rounds.some((all) => Math.max(...all) < CONVERGED_MS); round++) {
      const took: number[] = [];
      put({ "127.0.0.1": {}, "127.0.0.2": { zone: "eu-west-1b" } });
      took.push(await finds("127.0.0.1", "127.0.0.2"));
      put({ "127.0.0.1": { ready: false }, "127.0.0.2": {} });
      took.push(await finds("(127.0.0.1)", "127.0.0.2"));
      put({ "127.0.0.2": {} });
      took.push(await finds("127.0.0.2"));
      server.apply(sliceObject("shop", { "127.0.0.3": {} }, { name: "shop-2" }));
      took.push(await finds("127.0.0.2", "127.0.0.3"));
      server.delete("endpointslices", "default", "shop-1");
      took.push(await finds("127.0.0.3"));
      server.delete("endpointslices", "default", "shop-2");
      took.push(await finds());
      rounds.push(took);
    }
    const quickest = Math.min(...rounds.map((all) => Math.max(...all)));
    expect(quickest, `ms: ${JSON.stringify(rounds)}`).toBeLessThan(CONVERGED_MS);
    expect(server.requests.filter(({ method }) => method === "WATCH")).toHaveLength(2);
  });

  it("is listed page by page, as of one version", async () => {
    for (let i = 0; i < 25; i++) server.apply(sliceObject("shop", { [`127.0.1.${i}`]: {} }, { name: `shop-${i}` }));
    request = onRun({ pageSize: 10 });
    await follow();
    await until(async () => (await found()).length === 25);
    const pages = server.requests.filter(({ method, path }) => method === "GET" && path.endsWith("endpointslices"));
    expect(pages.map(({ query }) => [query.get("limit"), query.get("continue") !== null])).toEqual([
      ["10", false],
      ["10", true],
      ["10", true],
    ]);
  });

  it("is listed in one piece when the pages have become too old", async () => {
    for (let i = 0; i < 25; i++) server.apply(sliceObject("shop", { [`127.0.1.${i}`]: {} }, { name: `shop-${i}` }));
    request = onRun({ pageSize: 10 });
    server.intercept = ({ url = "" }) => {
      if (url.includes("continue=")) server.store.compact();
      return false;
    };
    await follow();
    await until(async () => (await found()).length === 25);
    expect(server.requests.some(({ status }) => status === 410)).toBe(true);
  });

  it.each(["within the watch", "as a status"])("is listed anew after a compaction, said %s", async (how) => {
    put({ "127.0.0.1": {} });
    await follow();
    await finds("127.0.0.1");
    await until(() => server.openWatches === 2);
    const lists = () => server.requests.filter(({ method }) => method === "GET").length;
    const before = lists();
    // While nobody watches, a pod goes, and the history of it.
    server.intercept = ({ url = "" }, response) => {
      if (!url.includes("watch=1")) return false;
      if (how === "as a status") {
        response.writeHead(410).end('{"kind":"Status","code":410}');
        return true;
      }
      server.store.compact();
      return false;
    };
    put({ "127.0.0.2": {} });
    server.endWatches("cut");
    await finds("127.0.0.2");
    server.intercept = null;
    await until(() => server.openWatches === 2);
    expect(lists()).toBeGreaterThan(before);
    put({ "127.0.0.3": {} });
    await finds("127.0.0.3");
  });

  it("is watched on from the last version after a cut, without a list", async () => {
    put({ "127.0.0.1": {} });
    await follow();
    await finds("127.0.0.1");
    await until(() => server.openWatches === 2);
    const lists = server.requests.filter(({ method }) => method === "GET").length;
    server.endWatches("cut");
    put({ "127.0.0.2": {} });
    await finds("127.0.0.2");
    expect(server.requests.filter(({ method }) => method === "GET")).toHaveLength(lists);
    expect((await source())?.error).toBe("");
  });

  it("keeps its last answer while the server is gone, says so, and takes up what it missed", async () => {
    put({ "127.0.0.1": {}, "127.0.0.2": {} });
    await follow();
    await finds("127.0.0.1", "127.0.0.2");
    await server.stop();
    await until(async () => (await source())?.error !== "");
    expect((await source())?.error).toMatch(/^no connection for (services|endpointslices): /);
    expect(await found()).toEqual(["127.0.0.1", "127.0.0.2"]);
    put({ "127.0.0.2": {} });
    await server.start();
    await finds("127.0.0.2");
    await until(async () => (await source())?.error === "", 120_000);
  });

  it("resumes from the last bookmark", async () => {
    put({ "127.0.0.1": {} });
    await follow();
    await finds("127.0.0.1");
    await until(() => server.openWatches === 2);
    // Versions move on by things that are none of ours.
    for (let i = 0; i < 3; i++) server.apply({ kind: "Namespace", apiVersion: "v1", metadata: { name: `n${i}` } });
    const version = server.store.revision;
    server.bookmark();
    await until(async () =>
      (await watcher.describe(request.cluster.name)).streams.every(({ failures }) => failures === 0),
    );
    await until(async () => {
      const before = server.requests.length;
      server.endWatches("end");
      await until(() => server.openWatches === 2);
      const again = server.requests.slice(before).filter(({ method }) => method === "WATCH");
      return again.every(({ query }) => Number(query.get("resourceVersion")) >= version);
    }, 90_000);
    expect((await source())?.error).toBe("");
  });

  it("is watched on after an eviction, from the version and with the objects that were stored", async () => {
    put({ "127.0.0.1": {} });
    await follow();
    await finds("127.0.0.1");
    await until(() => server.openWatches === 2);
    const lists = server.requests.filter(({ method }) => method === "GET").length;
    await watcher.restart();
    put({ "127.0.0.1": {}, "127.0.0.2": {} });
    await follow();
    await finds("127.0.0.1", "127.0.0.2");
    expect(server.requests.filter(({ method }) => method === "GET")).toHaveLength(lists);
  });

  it.each([
    ["an HTML page", "text/html", "<html>proxy</html>"],
    [
      "a list of something else",
      "application/json",
      '{"kind":"PodList","metadata":{"resourceVersion":"1"},"items":[]}',
    ],
    ["half a list", "application/json", '{"kind":"ServiceList","metadata":{"resourceVersion":"1"},"items":[{'],
  ])("says that %s is no answer, and tries again", async (_, type, body) => {
    put({ "127.0.0.1": {} });
    server.intercept = (_request, response) => {
      response.writeHead(200, { "content-type": type }).end(body);
      return true;
    };
    await follow();
    await until(async () => (await source())?.error.startsWith("no answer that Kubernetes would give") ?? false);
    server.intercept = null;
    await finds("127.0.0.1");
  });

  it.each([
    ["a line that is no JSON", "{]\n"],
    ["an event of no kind", '{"type":"SPECIAL","object":{"metadata":{"resourceVersion":"1"}}}\n'],
    ["an object without a version", '{"type":"ADDED","object":{"metadata":{"name":"a","namespace":"b"}}}\n'],
    ["bytes that are no text", "\u0000\ufffd\u0001\n"],
  ])("lists anew after %s in a watch", async (_, line) => {
    put({ "127.0.0.1": {} });
    await follow();
    await finds("127.0.0.1");
    await until(() => server.openWatches === 2);
    const before = server.requests.length;
    server.writeToWatches(line);
    await until(() => server.requests.slice(before).filter(({ method }) => method === "GET").length >= 2);
    put({ "127.0.0.2": {} });
    await finds("127.0.0.2");
  });

  it("waits as long as the server asks, and no shorter", async () => {
    // By path: when it was told to wait, and when it came again.
    const told = new Map<string, number>();
    const waitedMs: number[] = [];
    let isBusy = true;
    server.intercept = ({ url = "" }, response) => {
      const path = new URL(url, server.url).pathname;
      const toldAt = told.get(path);
      if (toldAt !== undefined) waitedMs.push(performance.now() - toldAt);
      told.delete(path);
      if (!isBusy) return false;
      told.set(path, performance.now());
      response.writeHead(429, { "retry-after": "2" }).end("{}");
      return true;
    };
    put({ "127.0.0.1": {} });
    await follow();
    await until(async () => (await source())?.error === "429: the API server asks for less");
    isBusy = false;
    await finds("127.0.0.1");
    expect(waitedMs.length).toBeGreaterThanOrEqual(2);
    expect(Math.min(...waitedMs)).toBeGreaterThan(1_990);
  });

  it("says what a token may not do, and never the token", async () => {
    request = onRun({ tokenSecret: "CLUSTER_TOKEN_OLD" });
    await follow();
    await until(async () => (await source())?.error !== undefined);
    expect((await source())?.error).toBe("401: the API server does not accept the token in CLUSTER_TOKEN_OLD");
    server.intercept = (incoming, response) => {
      response.writeHead(403).end(JSON.stringify({ kind: "Status", message: `no: ${incoming.headers.authorization}` }));
      return true;
    };
    request = { ...onRun(), compiledAtMs: 2_000 };
    await follow();
    await until(async () => (await source())?.error.startsWith("403") ?? false);
    const said = JSON.stringify([
      await watcher.states(service),
      await watcher.describe(request.cluster.name),
      watcher.log,
    ]);
    expect(said).toContain("[token]");
    expect(said).not.toContain(TOKEN);
  });

  it("says that a secret is missing, and that a server may not be asked", async () => {
    request = onRun({ tokenSecret: "CLUSTER_TOKEN_NOBODY" });
    await follow();
    await until(async () => (await source())?.error.startsWith("the secret CLUSTER_TOKEN_NOBODY is not set") ?? false);
    request = { ...onRun(), policy: { allow: [], self: [] }, compiledAtMs: 2_000 };
    await follow();
    await until(async () => (await source())?.error.startsWith("apiServer leads to the machine itself") ?? false);
    expect(server.requests).toEqual([]);
  });

  it("is watched though the server is slow, and given up for a while when it does not answer", async () => {
    put({ "127.0.0.1": {} });
    server.delayMs = 400;
    request = onRun({ answerMs: 200 });
    await follow();
    await until(async () => (await source())?.error.startsWith("no answer for") ?? false);
    request = { ...onRun({ answerMs: 5_000 }), compiledAtMs: 2_000 };
    await follow();
    await finds("127.0.0.1");
  });

  it("is taken up by the next alarm when a round is over", async () => {
    put({ "127.0.0.1": {} });
    request = onRun({ watchMs: 1_000 });
    await follow();
    await finds("127.0.0.1");
    const watches = () => server.requests.filter(({ method }) => method === "WATCH");
    await until(() => watches().length >= 6);
    expect(watches()[0]?.query.get("timeoutSeconds")).toBe("1");
    put({ "127.0.0.2": {} });
    await finds("127.0.0.2");
    expect(server.requests.filter(({ method }) => method === "GET")).toHaveLength(2);
    expect((await source())?.error).toBe("");
  });

  it("is left alone once nobody follows", async () => {
    request = onRun({ watchMs: 1_000 });
    await follow();
    await until(() => server.openWatches === 2);
    await watcher.follow({ ...request, sources: [] });
    await until(async () => !(await watcher.describe(request.cluster.name)).isWatching);
    await until(() => server.openWatches === 0);
  });

  it("tells a registry that was away what it has missed", async () => {
    put({ "127.0.0.1": {} });
    await follow();
    await finds("127.0.0.1");
    await watcher.setRegistryAway(service, true);
    put({ "127.0.0.2": {} });
    await until(async () => (await watcher.describe(request.cluster.name)).followers[0]?.toldAtMs === 0);
    await watcher.setRegistryAway(service, false);
    await finds("127.0.0.2");
  });

  it("is one of two that a service may have, each by itself", async () => {
    const other = await startKubernetes({ authorize });
    other.apply(serviceObject("shop"));
    other.apply(sliceObject("shop", { "127.0.9.1": {} }));
    put({ "127.0.0.1": {} });
    const cluster = clusterAt(other.url, { name: `us${run}`, tokenSecret: "CLUSTER_TOKEN_US", cloud: "gcp" });
    const second = following(cluster, [sourceOf({ name: "kubernetes-1", cluster: cluster.name })], service);
    await follow();
    await watcher.follow(second);
    await until(async () => {
      const { sources } = await watcher.states(service);
      return sources.length === 2 && sources.every(({ found: all }) => all.length === 1);
    });
    await other.stop();
    const bySource = async () => new Map((await watcher.states(service)).sources.map((one) => [one.name, one]));
    await until(async () => (await bySource()).get("kubernetes-1")?.error !== "");
    put({ "127.0.0.2": {} });
    await finds("127.0.0.2");
    expect((await bySource()).get("kubernetes-1")?.found.map(({ endpoint }) => endpoint.locality.cloud)).toEqual([
      "gcp",
    ]);
    await watcher.follow({ ...second, sources: [] });
  });

  it("is watched in the namespaces that are named, and in no others", async () => {
    for (const name of ["a", "b", "c"]) {
      server.apply({ kind: "Namespace", apiVersion: "v1", metadata: { name } });
      server.apply(serviceObject("shop", {}, name));
      server.apply(sliceObject("shop", { [`127.0.2.${name.charCodeAt(0)}`]: {} }, { namespace: name }));
    }
    request = onRun({ namespaces: ["a", "b"] });
    await follow();
    await finds("127.0.2.97", "127.0.2.98");
    expect(server.requests.every(({ path }) => /\/namespaces\/[ab]\//.test(path))).toBe(true);
    request = { ...onRun({ namespaces: ["b", "c"] }), compiledAtMs: 2_000 };
    await follow();
    await finds("127.0.2.98", "127.0.2.99");
  });

  it("is not turned back by a registry that has an older mesh", async () => {
    put({ "127.0.0.1": {} });
    request = { ...onRun(), compiledAtMs: 5_000 };
    await follow();
    await finds("127.0.0.1");
    await watcher.follow({ ...onRun({ apiServer: "https://elsewhere.example" }), compiledAtMs: 4_000 });
    expect((await watcher.describe(request.cluster.name)).apiServer).toBe(server.url);
  });

  it("is refused when it is larger than an object can hold, and keeps what was known", async () => {
    put({ "127.0.0.1": {} });
    await follow();
    await finds("127.0.0.1");
    await until(() => server.openWatches === 2);
    for (let i = 0; i < 51; i++) {
      const pods = Object.fromEntries(Array.from({ length: 1_000 }, (_, k) => [`10.${i}.${k >> 8}.${k & 255}`, {}]));
      server.apply(sliceObject("other", pods, { name: `other-${i}` }));
    }
    await until(async () => (await source())?.error.includes("name the namespaces to watch") ?? false);
    expect(await found()).toEqual(["127.0.0.1"]);
  });

  it("sends its token nowhere but to the server, though that redirects", async () => {
    const thief = await startKubernetes({ authorize });
    server.intercept = (incoming, response) => {
      response.writeHead(307, { location: `${thief.url}${incoming.url}` }).end();
      return true;
    };
    await follow();
    await until(async () => (await source())?.error.startsWith("307") ?? false);
    expect(thief.requests).toEqual([]);
    await thief.stop();
  });

  it("refuses what is no request", async () => {
    const wrong = { ...request, cluster: { ...request.cluster, tokenSecret: "HEDDLE_BOOTSTRAP_TOKEN" } };
    expect(await watcher.follow(wrong)).toMatchObject({ ok: false, error: "invalid_request" });
    expect(await watcher.follow({ ...request, sources: [{}] as never })).toMatchObject({ error: "invalid_request" });
  });
});
