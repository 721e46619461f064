import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Agent, AgentOptions } from "../../../src/agent/index.ts";
import { register } from "../../../src/agent/index.ts";

interface Heard {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly body: Record<string, unknown>;
}

type Say = readonly [status: number, body?: object];

let server: http.Server | null = null;
let agents: Agent[] = [];

afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.close()));
  agents = [];
  server?.closeAllConnections();
  server?.close();
  server = null;
});

/** A control plane that says what `say` has for each request, on loopback. */
async function control(say: (heard: Heard, count: number) => Say): Promise<{ url: string; heard: Heard[] }> {
  const heard: Heard[] = [];
  server = http.createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    const { method = "", url = "", headers } = request;
    const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    const one = { method, path: url, token: headers.authorization ?? "", body };
    heard.push(one);
    const [status, answer] = say(one, heard.length);
    response.writeHead(status, { "content-type": "application/json" }).end(answer && JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, heard };
}

function agentOf(url: string, rest: Partial<AgentOptions> = {}): Agent {
  const options = { control: url, token: "hdl_a_b", service: "shop", url: "https://a.example:8443/base" };
  const agent = register({ ...options, ...rest });
  agents.push(agent);
  return agent;
}

const LEASE = { lease: "l1", heartbeatMs: 30 };
const good = ({ method }: Heard): Say => (method === "PUT" ? [201, LEASE] : method === "DELETE" ? [204] : [200, {}]);

/** Waits until so many requests were heard: 20 s at least, and longer on a machine that stands still. */
async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 4_000 && !isSo(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(isSo()).toBe(true);
}

describe("an agent", () => {
  it("registers its instance, named by its address, and sends heartbeats under its lease", async () => {
    const { url, heard } = await control(good);
    const agent = agentOf(url, { locality: { cloud: "aws" }, weight: 2, labels: { a: "b" }, ttl: "10s" });
    await agent.registered;
    await until(() => heard.length >= 3);
    expect(heard[0]).toEqual({
      method: "PUT",
      path: "/v1/services/shop/registrations/a.example-8443",
      token: "Bearer hdl_a_b",
      body: {
        url: "https://a.example:8443/base",
        locality: { cloud: "aws" },
        weight: 2,
        labels: { a: "b" },
        ttl: "10s",
        ready: true,
      },
    });
    expect(heard[1]).toMatchObject({
      method: "POST",
      path: "/v1/services/shop/registrations/a.example-8443/heartbeat",
      body: { ready: true, lease: "l1" },
    });
  });

  it("says at once that it is not ready, and how busy it is", async () => {
    const { url, heard } = await control((one) =>
      one.method === "PUT" ? [201, { lease: "l1", heartbeatMs: 60_000 }] : good(one),
    );
    const agent = agentOf(url);
    await agent.registered;
    agent.load(() => 0.7);
    await agent.notReady();
    expect(heard.at(-1)?.body).toEqual({ ready: false, load: 0.7, lease: "l1" });
    agent.load(() => {
      throw new Error("no meter");
    });
    await agent.ready();
    expect(heard.at(-1)?.body).toEqual({ ready: true, lease: "l1" });
  });

  it("tries again when the control plane is away, and tells why", async () => {
    const details: string[] = [];
    const { url, heard } = await control((one, count) => (count <= 2 ? [503, { detail: "later" }] : good(one)));
    const agent = agentOf(url, { onState: (state, detail) => details.push(`${state} ${detail}`) });
    await agent.registered;
    expect(heard.filter(({ method }) => method === "PUT")).toHaveLength(3);
    expect(details).toEqual(["registering 503 later", "registering 503 later", "registered "]);
  });

  it("registers again when the registry has forgotten it", async () => {
    let forgets = true;
    const { url, heard } = await control((one) => {
      if (one.method !== "POST" || !forgets) return good(one);
      forgets = false;
      return [404, {}];
    });
    agentOf(url);
    await until(() => heard.length >= 4);
    expect(heard.slice(0, 4).map(({ method }) => method)).toEqual(["PUT", "POST", "PUT", "POST"]);
  });

  it("ends when another instance has taken its name, and leaves that one in", async () => {
    const { url, heard } = await control((one) =>
      one.method === "POST" ? [409, { detail: "taken over" }] : good(one),
    );
    const agent = agentOf(url);
    await until(() => agent.state === "superseded");
    expect(await agent.close()).toBe(true);
    expect(heard.map(({ method }) => method)).toEqual(["PUT", "POST"]);
  });

  it("deregisters when it is closed, and is silent then", async () => {
    const { url, heard } = await control(good);
    const agent = agentOf(url);
    await agent.registered;
    expect(await agent.close()).toBe(true);
    const { length } = heard;
    expect(heard.at(-1)).toMatchObject({ method: "DELETE", path: expect.stringContaining("?lease=l1") });
    await agent.ready();
    expect([heard.length, agent.state]).toEqual([length, "closed"]);
  });

  const nonce = "0123456789abcdef";
  it.each([
    ["the nonce", {}, nonce],
    // printf 'shop\na.example-8443\n0123456789abcdef' | openssl dgst -sha256 -hmac key
    ["an HMAC of it", { challengeKey: "key" }, "be4addf910975005f1ee4783dbed8a16089103c4eed9aa55be0386c55c1ef661"],
  ] as const)("answers challenges with %s, and nothing else", async (_, rest, expected) => {
    const { url } = await control(good);
    const agent = agentOf(url, rest);
    const answer = await agent.handleChallenge({ url: `/base/.well-known/heddle-challenge?nonce=${nonce}` });
    expect(await answer?.text()).toBe(expected);
    expect(await agent.handleChallenge({ url: "/" })).toBeNull();
    expect(await agent.handleChallenge({ url: "/.well-known/heddle-challenge?nonce=<script>" })).toBeNull();
  });
});
