/**
 * Requests that the mesh and an endpoint read differently: what is said twice, in another spelling, or in a place that only one of
 * the two looks at. Whoever decides about one reading alone is walked around by means of the other.
 */
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import type { MeshConfigInput } from "../../../src/config/schema/mesh.ts";
import { signedHeaders } from "../../unit/security/authn/sign-request.ts";
import { ask, askRaw } from "../harness/ask.ts";
import { createResources } from "../harness/resources.ts";
import { rulesByPath, serviceOf } from "../harness/rules.ts";
import { until } from "../harness/state.ts";
import { type RecordingOrigin, startRecordingOrigin, valuesIn } from "./recording-origin.ts";

const own = createResources();
afterAll(own.close);

const ISSUER = "https://idp.example";
const KEY = "c0ffee".repeat(8);
const OTHER_KEY = "facade".repeat(8);
const SECRET = "0123456789abcdef0123456789abcdef";
const WINDOW_MS = 10_000;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("a request that is read in two ways", () => {
  let edge: Edge;
  let origin: RecordingOrigin;
  let tokenOf: (claims: Record<string, unknown>) => Promise<string>;

  beforeAll(async () => {
    origin = await startRecordingOrigin(own, "origin");
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    tokenOf = (claims) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: "ES256" })
        .setIssuer(ISSUER)
        .setExpirationTime("5m")
        .sign(privateKey);
    const to = { backendRefs: [{ service: "s" }] };
    type Rule = NonNullable<NonNullable<MeshConfigInput["authorization"]>["policies"]>[number]["rules"];
    const deny = (rules: Rule) => ({ policies: [{ action: "DENY" as const, rules }] });
    const config = rulesByPath(
      { s: serviceOf([origin]) },
      {
        "/key": { ...to, authentication: { providers: ["keys"], required: true } },
        "/known": {
          ...to,
          authentication: { providers: ["idp"] },
          authorization: deny([{ when: [{ key: "request.auth.claims[suspended]", values: ["true"] }] }]),
        },
        "/modes": {
          ...to,
          authorization: deny([
            { when: [{ key: "request.headers[x-mode]", values: ["admin"] }] },
            { when: [{ key: "request.query[mode]", values: ["admin"] }] },
          ]),
        },
        "/kept": { ...to, authorization: deny([{ to: [{ operation: { methods: ["DELETE"] } }] }]) },
        "/bound": { ...to, bounds: { methods: ["GET", "POST"] } },
        "/dashed": { ...to, bounds: { underscoreHeaders: "refuse" } },
        "/tenants": {
          ...to,
          authorization: {
            policies: [{ rules: [{ when: [{ key: "request.headers[x-tenant]", values: ["mine"] }] }] }],
          },
        },
        "/signed": { ...to, authentication: { providers: ["partners"], required: true } },
      },
      {
        authentication: {
          providers: {
            keys: {
              type: "APIKey",
              from: [{ header: "x-api-key" }, { query: "key" }],
              keys: { partner: { sha256: sha256(KEY) }, other: { sha256: sha256(OTHER_KEY) } },
            },
            idp: {
              type: "JWT",
              issuer: ISSUER,
              algorithms: ["ES256"],
              jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: "ES256" }] } as never,
              from: [{ header: "authorization", prefix: "Bearer " }, { cookie: "session" }],
              claimsToHeaders: { "x-user": "sub" },
            },
            partners: { type: "HMAC", keys: { acme: { secret: "ACME_KEY" } }, window: `${WINDOW_MS / 1_000}s` },
          },
        },
      },
    );
    edge = await own.edge(config, { bindings: { ACME_KEY: SECRET } });
  });
  beforeEach(() => {
    origin.requests.length = 0;
  });

  /** The status of a request with these lines as its head. */
  async function statusOf(first: string, ...lines: readonly string[]): Promise<number> {
    const head = [`${first} HTTP/1.1`, "host: a.test", "connection: close", ...lines, "", ""].join("\r\n");
    return Number(/^HTTP\/1\.1 (\d{3}) /.exec(await askRaw(edge, head, 5_000))?.[1]);
  }

  it("by a credential in a second place has to bring a good one there too, and endpoints get neither", async () => {
    const good = `x-api-key: ${KEY}`;
    expect(await statusOf("GET /key", good)).toBe(200);
    expect(await statusOf("GET /key?key=forged", good)).toBe(401);
    expect(await statusOf(`GET /key?key=${KEY}`, "x-api-key: forged")).toBe(401);
    expect(await statusOf(`GET /key?a=1&key=${OTHER_KEY}`, good)).toBe(200);
    expect(origin.requests.map(({ target }) => target)).toEqual(["/key", "/key?a=1"]);
    expect(JSON.stringify(origin.requests)).not.toMatch(new RegExp(`${KEY}|${OTHER_KEY}`));
  });

  it("by a token in another spelling is no stranger's", async () => {
    const token = await tokenOf({ sub: "ann", suspended: true });
    const spelt = [
      [`authorization: Bearer ${token}`],
      [`authorization: bearer  ${token}`],
      [`authorization: Bearer\t${token}`],
      [`authorization: Basic eDp5, Bearer ${token}`],
      ["authorization: Basic eDp5", `authorization: Bearer ${token}`],
      [`cookie: session=${token}`],
      ["cookie: a=1", `cookie: session=${token}`],
      [`cookie: a=1,session=${token}`],
      [`cookie: session=${token}; session=x`],
    ];
    for (const lines of spelt) expect([401, 403], lines[0]).toContain(await statusOf("GET /known", ...lines));
    expect(await statusOf("GET /known", "cookie: a=1", "cookie: b=2")).toBe(200);
    expect(origin.requests).toHaveLength(1);
  });

  it("by a header with underscores speaks for the mesh no more than by one with dashes", async () => {
    const authorization = `authorization: Bearer ${await tokenOf({ sub: "ann" })}`;
    expect(await statusOf("GET /known", "X_User: root", "X-User: root", authorization)).toBe(200);
    expect(await statusOf("GET /known", "x_user: root")).toBe(200);
    // Where nobody is asked who they are as well.
    expect(await statusOf("GET /bound", "X_USER: root")).toBe(200);
    expect(await statusOf("GET /dashed", "X_Forwarded_For: 10.0.0.1")).toBe(400);
    expect(origin.requests.map((request) => valuesIn(request, "x-user"))).toEqual([["ann"], [], []]);
    expect(origin.requests.flatMap((request) => valuesIn(request, "x_user"))).toEqual([]);
  });

  it("by a header or parameter that comes twice does not get past a policy", async () => {
    for (const lines of [
      ["x-mode: admin"],
      ["x-mode: admin", "x-mode: x"],
      ["x-mode: x", "X-Mode: admin"],
      ["x-mode: x,admin"],
    ])
      expect(await statusOf("GET /modes", ...lines), String(lines)).toBe(403);
    for (const query of [
      "?mode=admin",
      "?mode=x&mode=admin",
      "?mode=admin&mode=x",
      "?mode=x&m%6fde=%61dmin",
      "?a=1;mode=admin",
    ])
      expect(await statusOf(`GET /modes${query}`), query).toBe(403);
    expect(origin.requests).toEqual([]);
    expect(await statusOf("GET /modes?mode=x&mode=y", "x-mode: x", "x-mode: y")).toBe(200);
  });

  it("by a header that Connection keeps from endpoints is not let in for it", async () => {
    expect(await statusOf("GET /tenants", "x-tenant: mine")).toBe(200);
    expect(valuesIn(origin.requests[0]!, "x-tenant")).toEqual(["mine"]);
    expect(await statusOf("GET /tenants", "x-tenant: mine", "connection: X-Tenant")).toBe(403);
    expect(await statusOf("GET /tenants", "connection: keep-alive, x-tenant", "x-tenant: mine")).toBe(403);
    expect(origin.requests).toHaveLength(1);
  });

  it.each(["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])(
    "by %s is taken for both methods",
    async (name) => {
      for (const path of ["/kept", "/bound"]) {
        const status = path === "/kept" ? 403 : 405;
        expect(await statusOf(`POST ${path}`, "content-length: 0", `${name}: DELETE`)).toBe(status);
        expect(await statusOf(`POST ${path}`, "content-length: 0", `${name}: get, delete`)).toBe(status);
        expect(await statusOf(`POST ${path}`, "content-length: 0", `${name}: GET`)).toBe(200);
      }
    },
  );

  it("when it was signed, and again when its first copy is forgotten, is taken once", async () => {
    const body = "pay 10";
    const url = `http://127.0.0.1:${edge.port}/signed`;
    // Signed a while ago, so that the rest of the window is soon over and a slow machine still gets there in time.
    const tsS = Math.floor(Date.now() / 1_000) - 3;
    const { authorization } = signedHeaders({ id: "acme", secret: SECRET, method: "POST", url, body, tsS });
    expect((await ask(edge, "/signed", { method: "POST", headers: { authorization }, body })).status).toBe(200);

    const held = holdBack(edge, ["POST /signed HTTP/1.1", `authorization: ${authorization}`], body);
    await until(
      "the end of the window",
      60_000,
      () => Date.now() - tsS * 1_000,
      (ageMs) => ageMs > WINDOW_MS + 500,
    );
    // What is too old is forgotten when something new comes.
    const fresh = signedHeaders({ id: "acme", secret: SECRET, method: "POST", url, body });
    expect((await ask(edge, "/signed", { method: "POST", headers: { ...fresh }, body })).status).toBe(200);
    expect(await held.finish()).toMatch(/^HTTP\/1\.1 401 /);
    expect(origin.requests).toHaveLength(2);
  }, 90_000);
});

/** Sends a request but for the last byte of its body. */
function holdBack({ port }: Edge, head: readonly string[], body: string): { finish(): Promise<string> } {
  const socket = connect(port, "127.0.0.1");
  let received = "";
  const lines = [...head, `host: 127.0.0.1:${port}`, "connection: close", `content-length: ${body.length}`, "", ""];
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
  });
  const closed = new Promise<string>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", () => resolve(received));
  });
  socket.write(lines.join("\r\n") + body.slice(0, -1));
  return {
    finish() {
      socket.write(body.slice(-1));
      return closed;
    },
  };
}
