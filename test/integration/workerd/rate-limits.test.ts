/** Limits of a data centre, by the platform's rate-limit binding as it is on this machine. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Environment } from "../../../src/edge/environment.ts";
import { handleRequest } from "../../../src/edge/handle.ts";
import { createIsolate, type Isolate, swapMesh } from "../../../src/edge/isolate.ts";
import { stateOf } from "../../../src/edge/state.ts";
import { meshOf } from "../harness/configs.ts";
import { testEnv } from "./stubs.ts";

/** As wrangler.toml of these tests has it: 3 in 60 s. Others who use it need names of their own. */
const BINDING = "PLATFORM_LIMIT";

const configOf = (name: string, more = "") => `
services: { shop: { endpoints: [{ id: one, url: "${testEnv.ORIGIN}" }] } }
rateLimits:
  ${name}: { algorithm: sliding-window, limit: 3, window: 1m, key: [{ header: x-tenant }], scope: colo, binding: ${BINDING} ${more} }
routes:
  - rateLimits: [${name}]
    rules: [{ filters: [{ type: DirectResponse, directResponse: { status: 200, body: ok } }] }]
`;

async function isolateOf(config: string, env: object = testEnv): Promise<Isolate> {
  const { [BINDING]: binding } = env as Record<string, unknown>;
  const own = { ...(binding !== undefined && { [BINDING]: binding }) } as Environment;
  return createIsolate({ mesh: await meshOf(config), env: own, region: "weur", nowMs: Date.now() });
}

async function ask(isolate: Isolate, tenant: string): Promise<Response> {
  const ctx = createExecutionContext();
  const request = new Request("http://shop.test/", { headers: { "x-tenant": tenant } });
  const response = await handleRequest(request, request.url, isolate, ctx);
  await response.text();
  await waitOnExecutionContext(ctx);
  return response;
}

/** What a limit says that no change of minutes meets: there the binding on this machine begins anew. */
async function inOneMinute<T>(name: string, play: (name: string) => Promise<T>): Promise<T> {
  for (let run = 0; ; run += 1) {
    const minute = Math.floor(Date.now() / 60_000);
    const result = await play(`${name}-${run}`);
    if (Math.floor(Date.now() / 60_000) === minute) return result;
  }
}

beforeEach(() => void vi.spyOn(console, "warn").mockImplementation(() => {}));
afterEach(() => vi.restoreAllMocks());

const failing = (limit: () => unknown) => ({ [BINDING]: { limit } });

describe("a limit of scope colo", () => {
  it("is one for all isolates of the data centre", async () => {
    const seen = await inOneMinute("isolates", async (name) => {
      const isolates = [await isolateOf(configOf(name)), await isolateOf(configOf(name))];
      const statuses = [];
      for (const index of [0, 1, 0, 1, 0, 1]) statuses.push((await ask(isolates[index]!, "a")).status);
      return [...statuses, (await ask(isolates[0]!, "b")).status];
    });
    expect(seen).toEqual([200, 200, 200, 429, 429, 429, 200]);
  });

  it("is not shared with limits of another name by the same binding", async () => {
    for (const name of ["apart-one", "apart-two"]) {
      const isolate = await isolateOf(configOf(name));
      for (const status of [200, 200, 200, 429]) expect((await ask(isolate, "a")).status).toBe(status);
    }
  });

  it("says at most what this isolate has left, and nothing once the data centre has refused", async () => {
    const [first, , third, refused] = await inOneMinute("told", async (name) => {
      const [one, other] = [await isolateOf(configOf(name)), await isolateOf(configOf(name))];
      return [await ask(one, "a"), await ask(one, "a"), await ask(other, "a"), await ask(other, "a")] as const;
    });
    expect(first.headers.get("ratelimit")).toMatch(/^"told-\d+";r=2;t=\d+$/);
    expect(third.headers.get("ratelimit-policy")).toMatch(/^"told-\d+";q=3;w=60$/);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("ratelimit-remaining")).toBe("0");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.headers.get("x-heddle-flags")).toBe("RL");
  });

  it("is counted by the isolate alone while the binding fails, or closed where it says so", async () => {
    const broken = [
      failing(() => Promise.reject(new Error("no"))),
      failing(() => {
        throw new Error("no");
      }),
      {},
    ];
    for (const [index, env] of broken.entries()) {
      const open = await isolateOf(configOf(`open-${index}`), env);
      for (const status of [200, 200, 200, 429]) expect((await ask(open, "a")).status).toBe(status);
      const closed = await isolateOf(configOf(`closed-${index}`, ", onFailure: closed"), env);
      const refused = await ask(closed, "a");
      expect([refused.status, refused.headers.get("x-heddle-flags")]).toEqual([503, "RL"]);
      const { problems } = stateOf(closed, Date.now());
      const said = problems.some((problem) => problem.includes(`there is no rate-limit binding ${BINDING}`));
      expect(said).toBe(index === 2);
    }
  });

  it("does not ask again for a caller whom the isolate alone has over the limit", async () => {
    let asked = 0;
    const env = failing(async () => {
      asked += 1;
      return { success: true };
    });
    const isolate = await isolateOf(configOf("asked"), env);
    for (let n = 0; n < 10; n += 1) await ask(isolate, "a");
    expect(asked).toBe(3);
  });

  it("gives back what limits of the isolate gave for a request that it refuses, places too", async () => {
    const both = (name: string, more: string) =>
      configOf(name)
        .replace(
          "rateLimits:\n",
          "rateLimits:\n  wide: { limit: 10, window: 1h, key: [] }\n  places: { algorithm: concurrency, limit: 1, key: [] }\n",
        )
        .replace(`- rateLimits: [${name}]`, `- rateLimits: [${more}wide, places]`);
    const isolate = await isolateOf(both("given-back", "given-back, "));
    for (let n = 0; n < 5; n += 1) await ask(isolate, "a");
    expect((await ask(isolate, "a")).status).toBe(429);
    swapMesh(isolate, await meshOf(both("given-back", "")), Date.now());
    const { status, headers } = await ask(isolate, "a");
    // Three were let through before.
    expect([status, headers.get("ratelimit")]).toEqual([200, expect.stringMatching(/^"wide";r=6;/)]);
  });

  it("counts decisions, and keeps its counts over a mesh that says the same", async () => {
    const isolate = await isolateOf(configOf("counted"));
    for (let n = 0; n < 5; n += 1) await ask(isolate, "a");
    expect(isolate.unrouted.counters).toMatchObject({ limitAllowed: 3, limitDenied: 2, limitTrialDenied: 0 });
    const trial = await isolateOf(configOf("on-trial", ", dryRun: true"));
    for (let n = 0; n < 5; n += 1) expect((await ask(trial, "a")).status).toBe(200);
    expect(trial.unrouted.counters).toMatchObject({ limitAllowed: 3, limitDenied: 0, limitTrialDenied: 2 });
    swapMesh(trial, await meshOf(configOf("on-trial")), Date.now());
    expect((await ask(trial, "a")).status).toBe(429);
  });
});
