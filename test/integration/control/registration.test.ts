/** Instances that register themselves with the agent, on both Workers, and where the edge's requests then go. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Agent, type AgentOptions, register } from "../../../src/agent/index.ts";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import { type ControlledEdge, startEdge } from "../../../src/cli/workerd/start-edge.ts";
import { ask } from "../harness/ask.ts";
import { meshOf } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";
import { pause, until } from "../harness/state.ts";
import { startTraffic } from "../harness/traffic.ts";

const own = createResources();
/** What the requirement gives a goodbye to be in force everywhere. */
const GOODBYE_MS = 5_000;
const TTL_MS = 5_000;

const CONFIG = `
services:
  shop:
    endpoints: []
    loadBalancing: { policy: round-robin }
    discovery: { registration: { ttl: 5s }, drain: 5s }
  proven:
    endpoints: []
    discovery: { registration: { challenge: { answer: hmac } } }
discovery: { allow: [http, loopback] }
routes:
  - { hostnames: [shop.test], rules: [{ backendRefs: [{ service: shop }] }] }
  - { hostnames: [proven.test], rules: [{ backendRefs: [{ service: proven }] }] }
`;

let edge: ControlledEdge;
let agents: Agent[] = [];

beforeAll(async () => {
  const control = { bindings: { HEDDLE_CHALLENGE_KEY: "a key for challenges of tests" } };
  edge = await startEdge({ mesh: await meshOf(CONFIG), region: "weur", control });
});
afterAll(async () => {
  await edge?.stop();
  await own.close();
});
afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.close()));
  agents = [];
});

function agentOf(instance: string, url: string, rest: Partial<AgentOptions> = {}): Agent {
  const { controlUrl: control, controlToken: token } = edge;
  const agent = register({ control, token, service: "shop", instance, url, ...rest });
  agents.push(agent);
  return agent;
}

const path = (instance: string) => `${edge.controlUrl}/v1/services/shop/registrations/${instance}`;
const headers = () => ({ authorization: `Bearer ${edge.controlToken}`, "content-type": "application/json" });

/** The first answer with this status. */
const answersWith = (host: string, status: number) =>
  until(
    `${host} answers ${status}`,
    60_000,
    () => ask(edge, "/", { host }),
    (answer) => answer.status === status,
  );

describe("registered instances", () => {
  it("get traffic when they register, none when they said goodbye 5 s ago, and none when they have expired", async () => {
    const asked = new Set<string>();
    const origins: Record<string, Origin> = {};
    for (const name of ["stays", "leaves", "crashes", "joins"]) {
      origins[name] = await own.origin(name, { onRequest: () => void asked.add(name) });
    }
    const url = (name: string) => origins[name]!.url;
    expect((await ask(edge, "/", { host: "shop.test" })).status).toBe(503);
    const leaving = agentOf("leaves", url("leaves"));
    await agentOf("stays", url("stays")).registered;
    await leaving.registered;
    // Nobody sends heartbeats for this one.
    const put = { method: "PUT", headers: headers(), body: JSON.stringify({ url: url("crashes") }) };
    expect((await fetch(path("crashes"), put)).status).toBe(201);
    const crashedAtMs = performance.now();
    await answersWith("shop.test", 200);

    const startedAtMs = performance.now();
    const traffic = startTraffic(edge, { host: "shop.test", rps: 50, seconds: 16 });
    await until(
      "all three are asked",
      5_000,
      () => [...asked].sort().join(),
      (names) => names === "crashes,leaves,stays",
    );
    expect(await leaving.close()).toBe(true);
    const leftAtMs = performance.now();
    await agentOf("joins", url("joins")).registered;
    const report = await traffic.done;

    // By when requests were due, which is before anybody decides of them: how long a busy machine takes for one does not count.
    const attemptsFrom = (name: string, atMs: number) => report.attempts(name, atMs - startedAtMs);
    expect(attemptsFrom("leaves", leftAtMs + GOODBYE_MS), report.describe()).toBe(0);
    // It expires one time to live after it was heard, and isolates hear of it within as much as of a goodbye.
    expect(attemptsFrom("crashes", crashedAtMs + TTL_MS + GOODBYE_MS), report.describe()).toBe(0);
    expect(report.attempts("joins", 10_000), report.describe()).toBeGreaterThan(0);
    expect(report.summary.failed, report.describe()).toBe(0);
    expect((await fetch(`${path("crashes")}/heartbeat`, { method: "POST", headers: headers() })).status).toBe(404);
  });

  it("are challenged where the service wants it, and answer through the agent", async () => {
    let agent: Agent | null = null;
    const origin = await own.origin("proven", {
      respond: async (request, response) => {
        const answer = await agent?.handleChallenge(request);
        if (answer == null) return void response.writeHead(agent === null ? 404 : 200).end("proven");
        response.writeHead(answer.status).end(await answer.text());
      },
    });
    const options = { service: "proven", challengeKey: "a key for challenges of tests" };
    const wrong = agentOf("wrong", origin.url, { ...options, challengeKey: "another" });
    await wrong.registered;
    await pause(1_000);
    expect((await ask(edge, "/", { host: "proven.test" })).status).toBe(503);
    agent = agentOf("right", origin.url, options);
    expect((await answersWith("proven.test", 200)).text).toBe("proven");
  });
});
