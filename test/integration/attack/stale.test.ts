/**
 * Poisoning of `staleIfError`: an answer that one caller provoked must not be given to another who asked for something else, and
 * nothing personal to anybody.
 */
import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { type Answer, ask, type Question } from "../harness/ask.ts";
import { createResources } from "../harness/resources.ts";
import { pause } from "../harness/state.ts";

const own = createResources();
afterAll(own.close);

const KEY = "a-key-of-ann-that-is-long-enough-000";
const FORGETFUL = `failover: { mode: direct }, circuitBreaker: { enabled: false }, outlierDetection: { enabled: false },
  panicThreshold: 0, retry: { attempts: 0 }, fallback: [{ staleIfError: { maxAge: 1m } }]`;

describe("staleIfError", () => {
  let edge: Edge;
  let origin: Origin;
  let path = "";
  let round = 0;

  beforeAll(async () => {
    origin = await own.origin("origin", {
      respond: (request, response) => {
        const { "x-forwarded-host": host = "", "x-want": want = "" } = request.headers;
        const told: Record<string, string> = JSON.parse(String(want || "{}"));
        const size = Number(/size=(\d+)/.exec(request.url!)?.[1] ?? 0);
        response.writeHead(200, { "content-type": "text/plain", ...told });
        // As pages do that make links of what proxies say.
        response.end(size > 0 ? randomBytes(size) : `${request.url} for ${host}`);
      },
    });
    const authorizer = await own.origin("authorizer", {
      respond: (request, response) => void response.writeHead(request.headers["x-ticket"] ? 200 : 403).end(),
    });
    const service = `{ endpoints: [{ id: o, url: "${origin.url}" }], ${FORGETFUL} }`.replaceAll(/\s+/g, " ");
    edge = await own.edge(
      `
services: { s: ${service} }
authentication:
  allow: [http, loopback]
  providers:
    keys: { type: APIKey, keys: { ann: { sha256: "${createHash("sha256").update(KEY).digest("hex")}" } } }
    tickets: { type: External, url: "${authorizer.url}", requestHeaders: [x-ticket] }
routes:
  - hostnames: [a.test, b.test]
    rules:
      - matches: [{ headers: [{ name: x-beta, value: "1" }] }]
        filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: /beta } } }]
        backendRefs: [{ service: s }]
      - matches: [{ path: { value: /known } }]
        authentication: { providers: [keys] }
        backendRefs: [{ service: s }]
      - matches: [{ path: { value: /asked } }]
        authorization: { policies: [{ action: CUSTOM, provider: tickets, rules: [{}] }] }
        backendRefs: [{ service: s }]
      - backendRefs: [{ service: s }]
`,
      { bindings: { ANN: "a-key-of-ann-that-is-long-enough-000" } },
    );
  });
  beforeEach(async () => {
    await origin.setFault({});
    path = `/page-${++round}`;
  });

  const get = (question: Question = {}, at = path): Promise<Answer> => ask(edge, at, { host: "a.test", ...question });
  /** What somebody gets while the origin is out: the text, or "" for the refusal. */
  const during = async (question: Question = {}, at = path): Promise<string> => {
    // What was read is kept behind the answer.
    await pause(30);
    await origin.setFault({ refuse: true });
    const answer = await get(question, at);
    if (answer.status === 503) return "";
    expect(answer.headers["cache-status"]).toBe("heddle; hit; detail=stale-if-error");
    return answer.text || "empty";
  };

  it("gives the last good answer to whoever asks for the same", async () => {
    await get();
    expect(await during()).toBe(`${path} for a.test`);
  });

  it.each<[string, Question, string?]>([
    ["another host", { host: "b.test" }],
    ["another port of the host", { host: "a.test:1337" }],
    ["a host that it names itself", { headers: { "x-forwarded-host": "evil.test" } }],
    ["another rule by a header", { headers: { "x-beta": "1" } }],
    ["another query", {}, "?x=1"],
    ["another path of it", {}, "/more"],
  ])("keeps what was provoked by %s from those who do without", async (_, question, more = "") => {
    await get(question, `${path}${more}`);
    const answer = await during();
    expect(answer).not.toMatch(/evil|beta|1337|b\.test|more|x=1/);
  });

  it.each<[string, Question]>([
    ["Authorization", { headers: { authorization: "Bearer x" } }],
    ["a cookie", { headers: { cookie: "session=1" } }],
    ["a range", { headers: { range: "bytes=0-3" } }],
    ["POST", { method: "POST", body: "x" }],
    ["HEAD", { method: "HEAD" }],
    ["Set-Cookie", { headers: { "x-want": '{"set-cookie":"session=ann"}' } }],
    ["private", { headers: { "x-want": '{"cache-control":"max-age=60, private"}' } }],
    ["no-store", { headers: { "x-want": '{"cache-control":"NO-STORE"}' } }],
    ["no-cache", { headers: { "x-want": '{"cache-control":"no-cache"}' } }],
    ["Vary: *", { headers: { "x-want": '{"vary":"*"}' } }],
    ["Vary by another header", { headers: { "x-want": '{"vary":"Accept-Encoding, X-Tenant"}' } }],
  ])("keeps nothing of a request or an answer with %s", async (_, question) => {
    await get(question);
    expect(await during()).toBe("");
  });

  it("keeps nothing of what a known caller was answered, though no header of HTTP says so", async () => {
    const at = `/known${path}`;
    const known = { headers: { "x-api-key": KEY } };
    expect((await get(known, at)).status).toBe(200);
    expect(await during({}, at)).toBe("");
  });

  it("keeps nothing of what a caller was answered whom an authorizer let in, by whatever it asks for", async () => {
    const at = `/asked${path}`;
    const [ann, bob] = ["ann", "bob"].map((ticket) => ({ headers: { "x-ticket": ticket } }));
    expect((await get({}, at)).status).toBe(403);
    expect((await get(ann, at)).status).toBe(200);
    expect(await during(bob, at)).toBe("");
  });

  it.each<[string, Question]>([
    ["Authorization", { headers: { authorization: "Bearer x" } }],
    ["a cookie", { headers: { cookie: "session=1" } }],
    ["a range", { headers: { range: "bytes=0-3" } }],
    ["POST", { method: "POST", body: "x" }],
  ])("gives nothing that was kept to a request with %s", async (_, question) => {
    await get();
    expect(await during(question)).toBe("");
  });

  it("answers HEAD from what GET brought, without a body", async () => {
    await get();
    expect(await during({ method: "HEAD" })).toBe("empty");
  });

  it("keeps no answer that is too large, whatever it says of its length", async () => {
    await get({}, `${path}?size=300000`);
    expect(await during({}, `${path}?size=300000`)).toBe("");
  });
});
