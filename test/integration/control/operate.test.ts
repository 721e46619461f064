/** What runs for longer: guards, rollouts, instances that register, events that are followed; on both Workers. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import { type ControlledEdge, startEdge } from "../../../src/cli/workerd/start-edge.ts";
import { type CliExit, type CliProcess, endAllCli, startCli } from "../cli-process.ts";
import { ask } from "../harness/ask.ts";
import { meshOf } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";

const own = createResources();
afterAll(async () => {
  await endAllCli();
  await own.close();
});

let edge: ControlledEdge;
let origin: Origin;
let instance: Origin;
let folder: string;

/** What the edge is deployed with. */
const bundled = () => `
services: { shop: { endpoints: [{ id: aws, url: "${origin.url}" }] } }
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]
`;

const config = () => `
services:
  shop: { endpoints: [{ id: aws, url: "${origin.url}" }] }
  shop-next: { endpoints: [{ id: aws, url: "${origin.url}" }] }
  # By turns: how much of the traffic one further away gets by itself is for latencies to say, which are this machine's.
  pool: { endpoints: [{ id: static, url: "${origin.url}", weight: 1 }], loadBalancing: { policy: round-robin }, discovery: { registration: {} } }
rollouts:
  shop-v2: { stable: { service: shop }, canary: { service: shop-next }, steps: [{ weight: 50, bake: 1h }] }
routes:
  - rules:
      - { matches: [{ path: { value: /pool } }], backendRefs: [{ service: pool }] }
      - backendRefs: [{ rollout: shop-v2 }]
`;

beforeAll(async () => {
  origin = await own.origin("origin");
  instance = await own.origin("instance");
  folder = await own.folder();
  edge = await startEdge({
    mesh: await meshOf(bundled()),
    region: "weur",
    control: { bindings: { HEDDLE_ALLOW_ENDPOINTS: "http loopback" } },
  });
  writeFileSync(join(folder, "first.yaml"), bundled());
  writeFileSync(join(folder, "mesh.yaml"), config());
  // What a running `heddle dev` writes: every command below finds the mesh by it.
  mkdirSync(join(folder, ".heddle"));
  const local = { pid: process.pid, control: edge.controlUrl, edge: edge.url, token: edge.controlToken };
  writeFileSync(join(folder, ".heddle/local.json"), JSON.stringify(local));
});
afterAll(() => edge?.stop());

const start = (...args: string[]): CliProcess => startCli(args, folder, { HEDDLE_CONFIG_DIR: join(folder, "config") });
const heddle = (...args: string[]): Promise<CliExit> => start(...args).exited;
async function json<T>(...args: string[]): Promise<T> {
  const { stdout, stderr } = await heddle(...args, "--json");
  if (stdout === "") throw new Error(`heddle ${args.join(" ")} printed nothing: ${stderr}`);
  return JSON.parse(stdout) as T;
}

describe("a mesh that runs in this folder", () => {
  it("is found without being named, and takes a guarded version whose verdict is waited for", async () => {
    const unguarded = await heddle("apply", "first.yaml", "--yes", "--guard", "10s");
    expect([unguarded.code, unguarded.stderr]).toEqual([1, expect.stringContaining("apply the first one without")]);
    expect((await heddle("apply", "first.yaml", "--yes")).code).toBe(0);
    const events = start("events", "--follow");
    const applied = await heddle("apply", "mesh.yaml", "--yes", "--guard", "10s");
    expect(applied.code, applied.stderr).toBe(0);
    expect(applied.stdout).toMatch(/^local \(http:\/\/127/);
    expect(applied.stderr).toContain("guarding version 2");
    expect(applied.stdout).toContain("the guard is satisfied: version 2 stays");
    const history = await json<{ items: { guard: { state: string } }[] }>("history");
    expect(history.items[0]!.guard.state).toBe("passed");
    expect(await events.line(/config: version 2 of the config was applied/)).toContain("version 2");
    expect(await events.end("SIGINT")).toMatchObject({ code: 0, signal: null });
  });

  it("steers a rollout through its control plane, or asks the edge itself", async () => {
    const listed = await heddle("rollout");
    expect(listed.stdout).toMatch(/shop-v2 +idle/);
    const started = await json<{ phase: string; percent: number }>("rollout", "shop-v2", "start");
    expect(started).toMatchObject({ phase: "running", percent: 50 });
    const again = await heddle("rollout", "shop-v2", "start");
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("it is running")]);
    const typo = await heddle("rollout", "shop-v2", "abrot");
    expect([typo.code, typo.stderr]).toEqual([2, expect.stringContaining("did you mean abort?")]);
    // An isolate learns of a version by its reports.
    await vi.waitFor(
      async () => {
        await ask(edge, "/");
        const byEdge = await json<{ phase: string }>("rollout", "shop-v2", "--edge", edge.url);
        expect(byEdge.phase).toBe("running");
      },
      { timeout: 60_000, interval: 250 },
    );
    expect(await json("rollout", "shop-v2", "abort")).toMatchObject({ phase: "aborted" });
  });

  it("has an instance for as long as its register runs", async () => {
    const register = start("register", "pool", instance.url, "--instance", "one", "--locality", "aws/us-east-1");
    expect(await register.line(/registered/)).toContain("pool/one");
    const endpoints = async () =>
      (await json<{ service: { endpoints: { id: string }[] } }>("status", "pool")).service.endpoints.map(
        ({ id }) => id,
      );
    await vi.waitFor(async () => expect(await endpoints()).toEqual(["static", "one"]), {
      timeout: 60_000,
      interval: 250,
    });
    await vi.waitFor(
      async () => {
        const answers = await Promise.all(Array.from({ length: 10 }, () => ask(edge, "/pool")));
        expect(answers.map(({ headers }) => headers["x-heddle-endpoint"])).toContain("one");
      },
      { timeout: 60_000, interval: 250 },
    );
    expect(await register.end("SIGINT")).toMatchObject({ code: 0, stderr: expect.stringContaining("deregistered") });
    await vi.waitFor(async () => expect(await endpoints()).toEqual(["static"]), { timeout: 60_000, interval: 250 });
  });

  it("says how instances get in where they may not", async () => {
    const refused = await heddle("register", "shop", instance.url, "--once");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("services.NAME.discovery.registration");
  });
});
