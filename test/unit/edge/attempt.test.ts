import { afterEach, describe, expect, it, vi } from "vitest";
import { stateOf } from "../../../src/edge/state.ts";
import { type Answers, closeEdges, edgeInNode, later } from "./edge-in-node.ts";

afterEach(() => {
  closeEdges();
  vi.restoreAllMocks();
});

const config = (timeouts: string) => `
credentials:
  token: { type: ClientCredentials, tokenUrl: "https://issuer.test/token", clientId: edge, clientSecret: { secret: SECRET } }
services:
  guarded:
    endpoints: [{ id: guarded, url: "https://guarded.test" }]
    credentials: [token]
    timeouts: ${timeouts}
    retry: { attempts: 0 }
  copies: { endpoints: [{ id: copy, url: "https://copy.test" }], credentials: [token], retry: { attempts: 0 } }
routes:
  - rules:
      - matches: [{ path: { value: /copied } }]
        filters: [{ type: RequestMirror, requestMirror: { backendRef: { service: copies } } }]
        backendRefs: [{ service: copies }]
      - backendRefs: [{ service: guarded }]
`;
/** Takes so long to give a token, and counts from nought in each test. */
const issuer =
  (tookMs: number): Answers =>
  () =>
    later(tookMs, () => Response.json({ access_token: "of-the-mesh", token_type: "Bearer", expires_in: 3_600 }));

function open(timeouts: string, issuedInMs: number, answeredInMs: number) {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const answers = () => later(answeredInMs);
  const hosts = { "issuer.test": issuer(issuedInMs), "guarded.test": answers, "copy.test": answers };
  return edgeInNode(config(timeouts), hosts, { SECRET: "0123456789abcdef0123456789abcdef" });
}

const latencyOf = ({ isolate }: Awaited<ReturnType<typeof open>>, service: number) =>
  stateOf(isolate, Date.now()).services[service]!.endpoints[0]!.latencyMs;

describe("a request whose token is not there yet", () => {
  it("counts the endpoint's time as the endpoint's, and not the issuer's", async () => {
    const edge = await open("{ request: 10s }", 900, 40);
    const answer = edge.ask("https://any.test/");
    await edge.pass(2_000);
    expect((await answer).status).toBe(200);
    expect(edge.sent).toEqual(["https://issuer.test/token", "https://guarded.test/"]);
    expect(latencyOf(edge, 0)).toBeGreaterThan(20);
    expect(latencyOf(edge, 0)).toBeLessThan(100);
  });

  it("is copied without the issuer's time, too", async () => {
    const edge = await open("{}", 900, 40);
    const answer = edge.ask("https://any.test/copied");
    await edge.pass(2_000);
    expect((await answer).status).toBe(200);
    expect(edge.sent.filter((url) => url.startsWith("https://copy.test"))).toHaveLength(2);
    expect(latencyOf(edge, 1)).toBeLessThan(100);
  });

  it.each([
    ["less the wait for its token", "{ request: 400ms, backendRequest: 300ms }", 250, "150"],
    ["which is all of an attempt's where that is less", "{ request: 10s, backendRequest: 300ms }", 250, "300"],
  ])("tells its endpoint what time is left, %s", async (_, timeouts, issuedInMs, expected) => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const told: (string | null)[] = [];
    const guarded: Answers = ({ headers }) => {
      told.push(headers.get("x-heddle-timeout-ms"));
      return new Response("ok");
    };
    const hosts = { "issuer.test": issuer(issuedInMs), "guarded.test": guarded };
    const text = `edge: { timeoutHeader: true }\n${config(timeouts)}`;
    const edge = await edgeInNode(text, hosts, { SECRET: "0123456789abcdef0123456789abcdef" });
    const answer = edge.ask("https://any.test/");
    await edge.pass(2_000);
    expect([(await answer).status, told]).toEqual([200, [expected]]);
  });

  it.each([
    ["its endpoint has the whole limit of an attempt for itself", "{ backendRequest: 300ms }", 250, 250, 200],
    ["its endpoint has no more than that", "{ backendRequest: 300ms }", 250, 350, 504],
    ["its token has no more than that", "{ backendRequest: 300ms }", 350, 10, 503],
    ["both have the limit of the request together", "{ request: 400ms, backendRequest: 300ms }", 250, 250, 504],
  ])("%s", async (_, timeouts, issuedInMs, answeredInMs, status) => {
    const edge = await open(timeouts, issuedInMs, answeredInMs);
    const answer = edge.ask("https://any.test/");
    await edge.pass(5_000);
    expect((await answer).status).toBe(status);
    // What never left is not held against the endpoint; what left, and was not answered, is.
    expect(edge.isolate.open.services[0]!.cautionUntilMs[0]! > 0).toBe(status === 504);
  });
});
