import { afterEach, describe, expect, it, vi } from "vitest";
import { type Answers, closeEdges, type EdgeInNode, edgeInNode, later, never } from "./edge-in-node.ts";

afterEach(() => {
  closeEdges();
  vi.restoreAllMocks();
});

const HEDGE = "hedge: { minDelay: 50ms, budgetPercent: 100 }, retry: { attempts: 0, methods: [POST] }";
/** Two endpoints, of which the second is asked only beside the first; it lacks its key, or refuses connections. */
const config = (second: string) => `
credentials:
  absent: { type: Headers, headers: { x-key: { secret: NOT_THERE } } }
  token: { type: ClientCredentials, tokenUrl: "https://issuer.test/token", clientId: edge, clientSecret: { secret: SECRET } }
services:
  first:
    endpoints: [{ id: slow, url: "https://slow.test" }, { id: second, url: "https://second.test", priority: 1${second} }]
    failover: { mode: direct, priorities: strict }
    panicThreshold: 0
    timeouts: { backendRequest: 300ms }
    ${HEDGE.replaceAll(", retry", "\n    retry")}
    fallback: [{ service: gone }]
  gone:
    endpoints: [{ id: gone, url: "https://gone.test" }]
    retry: { attempts: 0 }
    fallback: [{ service: last }]
  last: { endpoints: [{ id: last, url: "https://last.test" }] }
routes: [{ rules: [{ backendRefs: [{ service: first }] }] }]
`;

async function open(second: string, hosts: Record<string, Answers>): Promise<EdgeInNode> {
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const edge = await edgeInNode(
    config(second),
    {
      "issuer.test": never,
      "gone.test": refused,
      "last.test": () => new Response("last"),
      ...hosts,
    },
    { SECRET: "0123456789abcdef0123456789abcdef" },
  );
  const { state } = edge.isolate.open.services[0]!;
  // What the object would have told of the answers of all isolates.
  Object.assign(state, { sharedHedgeDelayMs: 50, hedgeTokens: 5 });
  return edge;
}

/** As Cloudflare's network says that an origin refused the connection: it certainly saw nothing. */
const refused = () =>
  new Response("error code: 521", { status: 521, headers: { server: "cloudflare", "content-type": "text/plain" } });

const LACKS_KEY = ", credentials: [absent]";
const LACKS_TOKEN = ", credentials: [token]";
/** Known to be lacking at once, before the first attempt ends; and only after it. */
const LACKS = [
  ["lacks a key", LACKS_KEY],
  ["waited in vain for its token", LACKS_TOKEN],
] as const;
const post = { method: "POST", body: "once only" };
const hostsOf = (edge: EdgeInNode) =>
  edge.sent.map((url) => new URL(url).hostname).filter((host) => host !== "issuer.test");

describe.each(LACKS)("a hedge that was never sent, since it %s,", (_, lack) => {
  it("hides nothing of the first attempt, which ran into its time limit: that is what the caller is told", async () => {
    const edge = await open(lack, { "slow.test": never });
    const answer = edge.ask("https://any.test/", { method: "POST", body: "x", headers: { "x-heddle-debug": "1" } });
    await edge.pass(2_000);
    const { status, headers } = await answer;
    expect([status, headers.get("x-heddle-flags")]).toEqual([504, "URX,UT"]);
  });

  it("leaves the first one as one that may have arrived: a fallback that may not repeat it hands it to nobody else", async () => {
    const edge = await open(lack, { "slow.test": never });
    const answer = edge.ask("https://any.test/", post);
    await edge.pass(2_000);
    expect((await answer).status).toBe(504);
    // The service's own policy repeats POST, so its fallback is asked; the fallback's own does not.
    expect(hostsOf(edge)).toEqual(["slow.test", "gone.test"]);
  });

  it.each([
    ["is a failure", () => later(200, () => new Response("late", { status: 503 })), "late"],
    ["is late", () => later(200), "ok"],
  ])("lets the first one's answer pass that %s", async (_, slow, text) => {
    const edge = await open(lack, { "slow.test": slow });
    const answer = edge.ask("https://any.test/", post);
    await edge.pass(2_000);
    expect(await (await answer).text()).toBe(text);
  });
});

describe("a hedge that certainly never arrived", () => {
  it("leaves the first one as one that may have", async () => {
    const edge = await open("", { "slow.test": never, "second.test": () => later(270, refused) });
    const answer = edge.ask("https://any.test/", post);
    await edge.pass(2_000);
    expect([(await answer).status, hostsOf(edge)]).toEqual([521, ["slow.test", "second.test", "gone.test"]]);
  });
});

describe("a first attempt that waits for its token", () => {
  const issued = () => Response.json({ access_token: "t", token_type: "Bearer", expires_in: 3_600 });
  const waiting = (slow: Answers) =>
    edgeInNode(
      config("").replace('url: "https://slow.test"', 'url: "https://slow.test", credentials: [token]'),
      { "issuer.test": () => later(120, issued), "slow.test": slow, "second.test": () => new Response("second") },
      { SECRET: "0123456789abcdef0123456789abcdef" },
    );

  it.each([
    ["is not hedged when the endpoint answers in time after that", 20, "ok", ["slow.test"]],
    ["is hedged when the endpoint itself is slow", 200, "second", ["slow.test", "second.test"]],
  ])("%s", async (_, answeredInMs, text, asked) => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const edge = await waiting(() => later(answeredInMs));
    Object.assign(edge.isolate.open.services[0]!.state, { sharedHedgeDelayMs: 50, hedgeTokens: 5 });
    const answer = edge.ask("https://any.test/", post);
    await edge.pass(165);
    expect(hostsOf(edge)).toEqual(["slow.test"]);
    await edge.pass(1_000);
    expect([await (await answer).text(), hostsOf(edge)]).toEqual([text, asked]);
  });
});

describe("attempts neither of which was sent", () => {
  it("leave the request to whoever is next", async () => {
    const edge = await open(LACKS_KEY, { "slow.test": () => later(100, refused) });
    const answer = edge.ask("https://any.test/", post);
    await edge.pass(2_000);
    expect([await (await answer).text(), hostsOf(edge)]).toEqual(["last", ["slow.test", "gone.test", "last.test"]]);
  });
});
