/** Rate limits on real workerd: who is refused when, what callers are told, and what is not taken from them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import type { MeshConfigInput } from "../../../../src/config/schema/mesh.ts";
import { ask, type Question, valuesOf } from "../../harness/ask.ts";
import { meshOf } from "../../harness/configs.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";

const own = createResources();
const to = { backendRefs: [{ service: "shop" }] };
type Limits = NonNullable<MeshConfigInput["routes"][number]["rateLimits"]>;
/** In an hour hardly anything flows back in while the tests run. */
const hourly = (limit: number) => ({ limit, window: "1h" });
const limited = (...rateLimits: Limits) => ({ ...to, rateLimits });

const keyOf = (user: string) => `${user}-0123456789abcdef0123456789abcdef`;

describe("rate limits", () => {
  let edge: Edge;
  let origin: Awaited<ReturnType<typeof own.origin>>;
  let config: string;
  const logged: string[] = [];
  /** Answers of /slow wait for it. */
  let gate = Promise.withResolvers<void>();

  beforeAll(async () => {
    origin = await own.origin("shop", {
      respond: async (request, response) => {
        if (request.url?.startsWith("/slow")) await gate.promise;
        if (request.url?.startsWith("/own")) {
          response.setHeader("ratelimit", '"theirs";r=1;t=9');
          response.setHeader("ratelimit-remaining", request.url.endsWith("more") ? "1000" : "1");
        }
        response.end("ok");
      },
    });
    config = rulesByPath(
      { shop: serviceOf([origin]) },
      {
        "/plain": { name: "plain", ...limited(hourly(3)) },
        "/tenant": limited({ ...hourly(1), key: [{ header: "X-Tenant" }] }),
        "/pair": limited({ ...hourly(1), key: [{ query: "a" }, { query: "b" }] }),
        "/cookie": limited({ ...hourly(1), key: [{ cookie: "sid" }] }),
        "/path": limited({ ...hourly(1), key: ["path", "method"] }),
        "/all": limited({ ...hourly(2), key: [] }),
        "/trial": { name: "trial", ...limited({ ...hourly(1), dryRun: true }) },
        "/quiet": limited({ ...hourly(1), headers: false }),
        "/cost": limited({ ...hourly(10), key: ["host"], cost: { header: "x-cost", default: 2, max: 8 } }),
        "/both": limited("wide", { algorithm: "sliding-log", ...hourly(1), key: [{ header: "x-tenant" }] }),
        "/shared": limited("wide"),
        "/daily": { name: "daily", ...limited({ algorithm: "quota", limit: 1, period: "day", scope: "local" }) },
        "/slow": limited({ algorithm: "concurrency", limit: 1, maxHold: "10m", key: [{ header: "x-tenant" }] }),
        "/own": { name: "own", ...limited({ ...hourly(100), key: [] }) },
        "/page": { ...limited(hourly(1)), filters: [{ type: "CORS", cors: { allowOrigins: ["https://a.example"] } }] },
        "/closed": limited({
          algorithm: "sliding-window",
          limit: 2,
          window: "1m",
          scope: "colo",
          binding: "NOT_THERE",
          onFailure: "closed",
        }),
        "/open": limited({ algorithm: "sliding-window", limit: 2, window: "1m", scope: "colo", binding: "NOT_THERE" }),
        "/explained": {
          ...limited({ ...hourly(1), key: ["principal"] }),
          authentication: { providers: ["team"] },
        },
        "/asked": {
          ...limited({ ...hourly(1), key: [{ header: "x-plan" }] }),
          authentication: { providers: ["away"] },
        },
        "/caller": {
          ...limited({ ...hourly(1), key: ["principal"] }),
          authentication: { providers: ["team"] },
        },
      },
      {
        rateLimits: { wide: { ...hourly(4), key: [{ header: "x-tenant" }] } },
        authentication: {
          providers: {
            away: { type: "External", url: "https://away.example.com/", upstreamHeaders: ["x-plan"] },
            team: {
              type: "APIKey",
              keys: { ann: { sha256: await sha256Of(keyOf("ann")) }, bob: { sha256: await sha256Of(keyOf("bob")) } },
            },
          },
        },
      },
    );
    edge = await own.edge(config, { onLog: (line) => void logged.push(line) });
  });
  afterAll(async () => {
    gate.resolve();
    await own.close();
  });

  const tenant = (name: string) => ({ headers: { "x-tenant": name } });
  const statuses = async (path: string, ...questions: readonly Question[]) => {
    const seen: number[] = [];
    for (const question of questions) seen.push((await ask(edge, path, question)).status);
    return seen;
  };

  // First, since lines of the log are bounded by the second.
  it("refuses nothing on trial, tells callers nothing, and writes what it would have done", async () => {
    const answers = [await ask(edge, "/trial"), await ask(edge, "/trial"), await ask(edge, "/trial")];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const { headers } of answers) expect(Object.keys(headers).join()).not.toMatch(/ratelimit/);
    await expect.poll(() => logged.filter((line) => line.includes("route#trial#")).length, { timeout: 10_000 }).toBe(2);
    expect(logged.find((line) => line.includes("route#trial#"))).toContain('"dryRun":true');
  });

  it("answers 429 once the limit is used up, and says what is left on every answer", async () => {
    const answers = [];
    for (let n = 0; n < 4; n += 1) answers.push(await ask(edge, "/plain"));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers.map(({ headers }) => headers["ratelimit-remaining"])).toEqual(["2", "1", "0", "0"]);
    expect(answers[0]!.headers).toMatchObject({
      "ratelimit-policy": expect.stringMatching(/^"route#plain#[0-9a-f]{8}";q=3;w=3600$/),
      ratelimit: expect.stringMatching(/^"route#plain#[0-9a-f]{8}";r=2;t=1200$/),
      "ratelimit-limit": "3",
      "ratelimit-reset": "1200",
    });
    expect(answers[0]!.headers).not.toHaveProperty("retry-after");
    expect(answers[0]!.text).toBe("ok");
  });

  it("refuses with a problem that is registered, a flag and when to come again", async () => {
    await statuses("/plain", {}, {}, {}, {});
    const { status, headers, text } = await ask(edge, "/plain");
    expect(status).toBe(429);
    expect(headers).toMatchObject({ "content-type": "application/problem+json", "x-heddle-flags": "RL" });
    // The next unit is there after a third of an hour, less what passed.
    expect(Number(headers["retry-after"])).toBeGreaterThan(1_000);
    expect(Number(headers["retry-after"])).toBeLessThanOrEqual(1_200);
    expect(headers["ratelimit-reset"]).toBe(headers["retry-after"]);
    expect(JSON.parse(text)).toMatchObject({
      type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
      title: "Too many requests",
      status: 429,
      "violated-policies": [expect.stringMatching(/^route#plain#/)],
    });
  });

  it("counts each value of a key apart, and together who has none", async () => {
    expect(await statuses("/tenant", tenant("a"), tenant("b"), tenant("a"), {}, {}, tenant(""))).toEqual([
      200, 200, 429, 200, 429, 429,
    ]);
    const cookie = (value: string) => ({ headers: { cookie: `x=1; sid=${value}` } });
    expect(await statuses("/cookie", cookie("a"), cookie("b"), cookie("b"))).toEqual([200, 200, 429]);
    expect(await statuses("/path/x", {}, { method: "POST" }, {})).toEqual([200, 200, 429]);
    // Other spellings of a path are that path.
    expect(await statuses("/path//./%78", {})).toEqual([429]);
    expect(await statuses("/all", tenant("a"), tenant("b"), tenant("c"))).toEqual([200, 200, 429]);
  });

  it("does not confuse the parts of a key", async () => {
    const seen = [];
    for (const query of ["a=1&b=23", "a=12&b=3", "a=1%7C2&b=3", "a=1&b=2%7C3", "a=&b=123", "a=1&b=23"]) {
      seen.push((await ask(edge, `/pair?${query}`)).status);
    }
    expect(seen).toEqual([200, 200, 200, 200, 200, 429]);
  });

  it("keeps long keys apart by their digests, and takes nothing else for a digest", async () => {
    const long = "x".repeat(4_000);
    const digest = await sha256Of(`${long}a`);
    expect(
      await statuses("/tenant", tenant(`#${digest}`), tenant(`${long}a`), tenant(`${long}b`), tenant(`${long}a`)),
    ).toEqual([200, 200, 200, 429]);
  });

  it("counts callers by who they are, whatever their address", async () => {
    const as = (user: string) => ({ headers: { "x-api-key": keyOf(user) } });
    expect(await statuses("/caller", as("ann"), as("bob"), as("ann"), {}, {})).toEqual([200, 200, 429, 200, 429]);
  });

  it("takes what a request says that it costs, within bounds", async () => {
    const cost = (text: string) => ({ headers: { "x-cost": text, host: "cost.test" } });
    // 8 at most, 2 unless said: 8 + 2 are all there is.
    expect(await statuses("/cost", cost("1000"), cost("two"), cost("1"))).toEqual([200, 200, 429]);
  });

  it("shares the counts of a limit with a name", async () => {
    const mine = tenant("shared");
    expect(await statuses("/shared", mine, mine, mine)).toEqual([200, 200, 200]);
    const { status, headers } = await ask(edge, "/both", mine);
    expect(status).toBe(200);
    expect(headers["ratelimit-policy"]).toMatch(/^"wide";q=4;w=3600, "route#rule#[0-9a-f]{8}";q=1;w=3600$/);
    expect(headers["ratelimit-limit"]).toBe("4");
    expect(await statuses("/shared", mine)).toEqual([429]);
  });

  it("gives back what other limits gave when one refuses", async () => {
    const mine = tenant("given-back");
    // The second limit allows one; what "wide" gave for the others comes back.
    expect(await statuses("/both", mine, mine, mine, mine)).toEqual([200, 429, 429, 429]);
    expect(await statuses("/shared", mine, mine, mine, mine)).toEqual([200, 200, 200, 429]);
  });

  it("leaves answers as they are where headers are off, and names no limit", async () => {
    const [first, second] = [await ask(edge, "/quiet"), await ask(edge, "/quiet")];
    expect(first.status).toBe(200);
    expect(Object.keys(first.headers).join()).not.toMatch(/ratelimit/);
    expect(second.status).toBe(429);
    expect(second.headers).toHaveProperty("retry-after");
    expect(second.text).not.toContain("rule-");
  });

  it("adds to what an endpoint says of limits of its own, and keeps the tighter of the two", async () => {
    const { headers, rawHeaders } = await ask(edge, "/own");
    expect(valuesOf(rawHeaders, "ratelimit").join(", ")).toMatch(/^"theirs";r=1;t=9, "route#own#[0-9a-f]{8}";r=99/);
    expect(headers["ratelimit-remaining"]).toBe("1");
    expect((await ask(edge, "/own/more")).headers["ratelimit-remaining"]).toBe("98");
  });

  it("resets quotas at midnight UTC", async () => {
    expect(await statuses("/daily", {}, {})).toEqual([200, 429]);
    const { headers } = await ask(edge, "/daily");
    const leftSeconds = Math.ceil((new Date().setUTCHours(24, 0, 0, 0) - Date.now()) / 1_000);
    expect(headers["ratelimit-policy"]).toMatch(/^"route#daily#[0-9a-f]{8}";q=1;w=86400$/);
    // The two clocks were read in two processes.
    expect(Math.abs(Number(headers["retry-after"]) - leftSeconds)).toBeLessThanOrEqual(5);
  });

  it("lets pages read why they were refused", async () => {
    const page = { headers: { origin: "https://a.example" } };
    expect((await ask(edge, "/page", page)).status).toBe(200);
    const { status, headers } = await ask(edge, "/page", page);
    expect(status).toBe(429);
    expect(headers["access-control-allow-origin"]).toBe("https://a.example");
  });

  it("holds a place until the head of the answer, and gives it back when the caller has left", async () => {
    gate = Promise.withResolvers();
    const left = new AbortController();
    const gone = fetch(`${edge.url}/slow`, { signal: left.signal }).catch((error: Error) => error.name);
    await expect.poll(() => origin.stats().inFlight, { timeout: 10_000 }).toBe(1);
    expect(await statuses("/slow", {}, {})).toEqual([429, 429]);
    left.abort();
    expect(await gone).toBe("AbortError");
    gate.resolve();
    // Far sooner than the ten minutes after which it would be free by itself.
    await expect.poll(() => statuses("/slow", {}), { timeout: 10_000 }).toEqual([200]);
    expect(await statuses("/slow", {}, {})).toEqual([200, 200]);
  });

  it("does what a limit says of a binding that is not there, and says so", async () => {
    const { status, headers } = await ask(edge, "/closed");
    expect(status).toBe(503);
    expect(headers).toMatchObject({ "x-heddle-flags": "RL", "retry-after": "1" });
    expect(await statuses("/open", {}, {}, {})).toEqual([200, 200, 429]);
    const state = await ask(edge, "/.heddle/state");
    expect(state.text).toContain("there is no rate-limit binding NOT_THERE");
  });

  it("explains which limits a request would count against, and takes nothing", async () => {
    const explained = async () => {
      const url = encodeURIComponent("http://any.test/both");
      const { text } = await ask(
        edge,
        `/.heddle/explain?url=${url}&header=${encodeURIComponent("x-tenant: explained")}`,
      );
      return JSON.parse(text).rateLimits;
    };
    const [wide, log] = await explained();
    expect(wide).toEqual({
      name: "wide",
      algorithm: "token-bucket",
      scope: "local",
      by: ["header x-tenant"],
      cost: 1,
      limit: 4,
      unasked: [],
      remaining: 4,
      allowed: true,
      dryRun: false,
    });
    expect(log).toMatchObject({ algorithm: "sliding-log", remaining: 1, allowed: true });
    await ask(edge, "/both", tenant("explained"));
    expect(await explained()).toMatchObject([
      { remaining: 3, allowed: true },
      { remaining: 0, allowed: false },
    ]);
  });

  it("explains limits by the caller that a credential names, and says who would have to be asked", async () => {
    const explained = async (path: string, headers: Record<string, string> = {}) => {
      const body = new URLSearchParams({ url: `http://any.test${path}` });
      for (const [name, value] of Object.entries(headers)) body.append("header", `${name}: ${value}`);
      const question = { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" } };
      const { text } = await ask(edge, "/.heddle/explain", { ...question, body: body.toString() });
      return JSON.parse(text).rateLimits[0];
    };
    const ann = { "x-api-key": keyOf("ann") };
    expect(await statuses("/explained", { headers: ann })).toEqual([200]);
    expect(await explained("/explained", ann)).toMatchObject({ remaining: 0, allowed: false, unasked: [] });
    // Whoever brings nothing, or what is good for nothing, is not taken for ann, whatever headers they send.
    expect(await explained("/explained")).toMatchObject({ remaining: 1, allowed: true });
    expect(await explained("/asked", { "x-plan": "said-by-the-caller" })).toMatchObject({
      by: ["header x-plan"],
      unasked: ["away"],
      remaining: null,
      allowed: null,
    });
  });

  it("goes on counting over a new mesh that has the same limit, and anew for another", async () => {
    const mine = tenant("swapped");
    expect(await statuses("/tenant", mine, mine)).toEqual([200, 429]);
    await edge.putMesh(await meshOf(config.replace('"/plain"', '"/else"')));
    expect(await statuses("/tenant", mine)).toEqual([429]);
    await edge.putMesh(
      await meshOf(
        config.replace(
          '"limit":1,"window":"1h","key":[{"header":"X-Tenant"}]',
          '"limit":2,"window":"1h","key":[{"header":"X-Tenant"}]',
        ),
      ),
    );
    expect(await statuses("/tenant", mine, mine, mine)).toEqual([200, 200, 429]);
  });
});

async function sha256Of(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(text))).toString("hex");
}
