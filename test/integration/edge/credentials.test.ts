import { generateKeyPairSync } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import {
  createHmacVerifier,
  createSignatureVerifier,
  receivedRequest,
  type Verdict,
  type Verifier,
} from "../../../src/verify/index.ts";
import { AWS_SECRETS, isSignedForAws, sha256 } from "../../fixtures/aws-verifier.ts";
import { ask, attemptsOf } from "../harness/ask.ts";
import { servicesByHost } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";
import { serviceIn, stateOf, until } from "../harness/state.ts";

const own = createResources();
afterAll(own.close);

const ed25519 = generateKeyPairSync("ed25519");
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const HMAC_KEY = "hmac-0123456789abcdef0123456789abcdef";
const TOKEN = "token-that-nobody-may-see";
const pem = (key: typeof ed25519.privateKey) => key.export({ type: "pkcs8", format: "pem" }).toString();
const spki = (key: typeof ed25519.publicKey) => key.export({ type: "spki", format: "pem" }).toString();

const SECRETS = {
  ED_KEY: pem(ed25519.privateKey),
  EC_KEY: pem(p256.privateKey),
  HMAC_KEY,
  SHOP_TOKEN: TOKEN,
  AWS_ID: AWS_SECRETS.ID,
  AWS_KEY: AWS_SECRETS.KEY,
};
/** What must be nowhere but on the way to origins. */
const HIDDEN = [TOKEN, HMAC_KEY, AWS_SECRETS.KEY, SECRETS.ED_KEY.split("\n")[1]!, SECRETS.EC_KEY.split("\n")[1]!];

const CREDENTIALS = `
credentials:
  ed: { type: MessageSignature, keyId: ed-1, algorithm: ed25519, key: { secret: ED_KEY } }
  ec: { type: MessageSignature, keyId: ec-1, algorithm: ecdsa-p256-sha256, key: { secret: EC_KEY } }
  hmac: { type: HMAC, keyId: edge, key: { secret: HMAC_KEY } }
  stream: { type: HMAC, keyId: edge, key: { secret: HMAC_KEY }, body: ignored }
  token: { type: Headers, headers: { authorization: { secret: SHOP_TOKEN, prefix: "Bearer " } } }
  absent: { type: Headers, headers: { x-key: { secret: NOT_THERE } } }
  aws: { type: AWSSigV4, region: eu-central-1, service: lambda, accessKeyId: { secret: AWS_ID }, secretAccessKey: { secret: AWS_KEY } }
`;
const FORGETFUL = `failover: { mode: direct }, panicThreshold: 0, loadBalancing: { policy: round-robin },
  circuitBreaker: { enabled: false }, outlierDetection: { enabled: false }, retry: { attempts: 3, budget: { percent: 100 } }`;

interface Seen {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly bodyBytes: number;
  readonly verdict: Verdict | null;
}

/** A real origin that reads the body, verifies what it is told to, and answers `status` to what is right. */
async function guardedOrigin(name: string, verifier: Verifier | null, status = 200) {
  const seen: Seen[] = [];
  const origin = await own.origin(name, {
    respond: async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const verdict = verifier === null ? null : await verifier.verify(receivedRequest(request, body, "http"));
      seen.push({ path: request.url ?? "", headers: request.headers, bodyBytes: body.length, verdict });
      response.writeHead(verdict?.ok === false ? 401 : status, { "x-origin": name }).end(name);
    },
  });
  return { ...origin, name, url: origin.url, seen };
}

type Guarded = Awaited<ReturnType<typeof guardedOrigin>>;

describe("requests to origins that want to know whom they are from", () => {
  let edge: Edge;
  let failing: Guarded;
  let elsewhere: Guarded;
  let signed: Guarded;
  let streaming: Guarded;
  let secret: Guarded;
  let bare: Guarded;
  let lambda: Guarded;
  let probed: Guarded;
  const log: string[] = [];
  const shown: string[] = [];

  const asked: typeof ask = async (...question) => {
    const answer = await ask(...question);
    shown.push(answer.rawHeaders.join("\n"), answer.text);
    return answer;
  };

  beforeAll(async () => {
    const keys = {
      "ed-1": { algorithm: "ed25519", key: spki(ed25519.publicKey) },
      "ec-1": { algorithm: "ecdsa-p256-sha256", key: spki(p256.publicKey) },
    } as const;
    const verifying = (id: keyof typeof keys) => createSignatureVerifier({ keys: { [id]: keys[id] } });
    failing = await guardedOrigin("failing", await verifying("ed-1"), 503);
    elsewhere = await guardedOrigin("elsewhere", await verifying("ec-1"));
    signed = await guardedOrigin("signed", await verifying("ed-1"));
    streaming = await guardedOrigin("streaming", createHmacVerifier({ keys: { edge: HMAC_KEY }, body: "ignored" }));
    probed = await guardedOrigin("probed", createHmacVerifier({ keys: { edge: HMAC_KEY } }));
    secret = await guardedOrigin("secret", null);
    bare = await guardedOrigin("bare", null);
    lambda = await guardedOrigin("lambda", null);
    const at = ({ name, url }: Guarded, more = "") => `{ id: ${name}, url: "${url}/base"${more} }`;
    const services = servicesByHost({
      retried: `endpoints: [${at(failing, ", credentials: [ed]")}, ${at(elsewhere, ", credentials: [ec], priority: 1")}], ${FORGETFUL}`,
      signed: `endpoints: [${at(signed)}], credentials: [ed], ${FORGETFUL}`,
      bounded: `endpoints: [${at(signed, ", credentials: [hmac]")}], ${FORGETFUL}`,
      streaming: `endpoints: [${at(streaming)}], credentials: [stream], ${FORGETFUL}`,
      secret: `endpoints: [${at(secret)}, ${at(bare, ", credentials: []")}], credentials: [token], ${FORGETFUL}`,
      lacking: `endpoints: [${at(secret, ", credentials: [absent]")}, ${at(bare, ", credentials: [], priority: 1")}], failover: { mode: direct }, loadBalancing: { policy: round-robin }`,
      "stream-lacking": `endpoints: [${at(secret, ", credentials: [absent]")}, ${at(streaming, ", credentials: [stream], priority: 1")}], ${FORGETFUL}`,
      "stream-large": `endpoints: [${at(signed, ", credentials: [hmac]")}, ${at(streaming, ", credentials: [stream], priority: 1")}], ${FORGETFUL}`,
      none: `endpoints: [${at(secret)}], credentials: [absent], ${FORGETFUL}`,
      fallen: `endpoints: [{ id: gone, url: "http://127.0.0.1:1" }], fallback: [{ service: signed }], ${FORGETFUL}`,
      lambda: `endpoints: [${at(lambda)}], credentials: [aws], ${FORGETFUL}`,
      probed: `endpoints: [${at(probed)}], credentials: [hmac], healthChecks: [{ path: /up, interval: 500ms, expectedStatuses: [200] }]`,
    });
    const mirrored = `
  - name: mirrored
    hostnames: [mirrored.test]
    rules:
      - filters: [{ type: RequestMirror, requestMirror: { backendRef: { service: secret } } }]
        backendRefs: [{ service: signed }]`;
    edge = await own.edge(`${CREDENTIALS}${services}${mirrored}`, {
      bindings: SECRETS,
      onLog: (line) => log.push(String(line)),
    });
  });
  beforeEach(() => {
    for (const { seen } of [failing, elsewhere, signed, streaming, secret, bare, lambda]) seen.length = 0;
  });

  it("are signed anew for every attempt, with the key of its endpoint", async () => {
    for (let round = 0; round < 3; round += 1) {
      const answer = await asked(edge, "/cart?b=2&a=1%20", {
        host: "retried.test",
        method: "PUT",
        body: "hello",
        headers: { "content-type": "text/plain" },
      });
      expect([answer.status, attemptsOf(answer.headers)]).toEqual([200, ["failing:5xx", "elsewhere:ok"].slice(-2)]);
    }
    expect(failing.seen.map(({ verdict }) => verdict)).toEqual(Array(3).fill({ ok: true, keyId: "ed-1" }));
    expect(elsewhere.seen.map(({ verdict }) => verdict)).toEqual(Array(3).fill({ ok: true, keyId: "ec-1" }));
  });

  it("have their bodies read before they are signed, up to a bound; a larger one is 413", async () => {
    // More than the 64 KiB that are kept for retries, less than the 1 MiB that are signed.
    const large = Buffer.alloc(300_000, "x");
    const taken = await asked(edge, "/", { host: "signed.test", method: "POST", body: large });
    expect([taken.status, signed.seen.length, signed.seen[0]?.bodyBytes]).toEqual([200, 1, 300_000]);
    const refused = await asked(edge, "/", {
      host: "bounded.test",
      method: "POST",
      body: Buffer.alloc(1_100_000, "x"),
    });
    expect([refused.status, refused.headers["x-heddle-flags"]]).toEqual([413, "DPE"]);
    expect(JSON.parse(refused.text)).toMatchObject({ title: "The body is too large to be signed" });
    expect(signed.seen).toHaveLength(1);
  });

  it("have bodies read that a fallback service will have to sign", async () => {
    const large = Buffer.alloc(300_000, "x");
    const answer = await asked(edge, "/", { host: "fallen.test", method: "PUT", body: large });
    expect([answer.status, signed.seen.map(({ bodyBytes, verdict }) => [bodyBytes, verdict?.ok])]).toEqual([
      200,
      [[300_000, true]],
    ]);
  });

  it("stream bodies of any size where the body is not signed", async () => {
    const answer = await asked(edge, "/", {
      host: "streaming.test",
      method: "POST",
      body: Buffer.alloc(3_000_000, "x"),
    });
    expect([answer.status, streaming.seen[0]?.bodyBytes, streaming.seen[0]?.verdict]).toEqual([
      200,
      3_000_000,
      { ok: true, keyId: "edge" },
    ]);
  });

  it.each([
    ["a key that is absent", "stream-lacking", "secret"],
    ["a body that is too large to be signed", "stream-large", "signed"],
  ])("go elsewhere, streamed body and all, before anything was sent for %s", async (_, service, first) => {
    const body = Buffer.alloc(3_000_000, "x");
    const answer = await asked(edge, "/", { host: `${service}.test`, method: "POST", body });
    expect([answer.status, attemptsOf(answer.headers)]).toEqual([200, [`${first}:connect-failure`, "streaming:ok"]]);
    expect(streaming.seen.map(({ bodyBytes, verdict }) => [bodyBytes, verdict?.ok])).toEqual([[3_000_000, true]]);
    expect([...secret.seen, ...signed.seen]).toEqual([]);
  });

  it("carry secret headers to the endpoints that are meant, whatever the caller sent, and to no other", async () => {
    for (let round = 0; round < 4; round += 1) {
      await asked(edge, "/", { host: "secret.test", headers: { authorization: "Bearer mine" } });
    }
    expect(new Set(secret.seen.map(({ headers }) => headers.authorization))).toEqual(new Set([`Bearer ${TOKEN}`]));
    expect(new Set(bare.seen.map(({ headers }) => headers.authorization))).toEqual(new Set(["Bearer mine"]));
  });

  it("carry nothing of a caller's own signatures", async () => {
    const headers = { signature: "sig=:AAAA:", "signature-input": 'sig=("@path")', "content-digest": "sha-256=:AAAA:" };
    const answer = await asked(edge, "/", { host: "signed.test", headers });
    expect([answer.status, signed.seen[0]?.verdict]).toEqual([200, { ok: true, keyId: "ed-1" }]);
    expect(signed.seen[0]?.headers["signature-input"]).toMatch(/^heddle=\([^)]*\)[^,]*$/);
  });

  it("are signed for AWS with the host and path that are sent", async () => {
    await asked(edge, "/a%20b/c?x=1&q=a+b", {
      host: "lambda.test",
      method: "POST",
      body: "hello",
      headers: { "content-type": "text/plain", "x-amz-acl": "public-read" },
    });
    const [{ path, headers }] = lambda.seen as [Seen];
    expect(path).toBe("/base/a%20b/c?x=1&q=a%20b");
    expect([headers["x-amz-acl"], headers["x-amz-content-sha256"]]).toEqual([undefined, sha256("hello")]);
    const pairs = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
    const request = { method: "POST", url: `http://${headers.host}${path}`, headers: new Headers(pairs) };
    expect(isSignedForAws(request, "lambda")).toBe(true);
  });

  it("are known by another Heddle edge", async () => {
    const behind = await own.edge(
      `
authentication: { providers: { edges: { type: HMAC, keys: { edge: { secret: HMAC_KEY } } } } }
services: { bare: { endpoints: [{ id: bare, url: "${bare.url}" }] } }
routes: [{ authentication: { providers: [edges], required: true }, rules: [{ backendRefs: [{ service: bare }] }] }]`,
      { bindings: { HMAC_KEY } },
    );
    const before = await own.edge(
      `${CREDENTIALS}${servicesByHost({ behind: `endpoints: [{ id: behind, url: "http://127.0.0.1:${behind.port}" }], credentials: [hmac]` })}`,
      { bindings: SECRETS },
    );
    const question = { method: "POST", body: "hello", headers: { "content-type": "text/plain" } };
    const answer = await asked(before, "/x?y=z", { host: "behind.test", ...question });
    expect([answer.status, bare.seen[0]?.bodyBytes]).toEqual([200, 5]);
    expect((await asked(behind, "/x?y=z", question)).status).toBe(401);
  });

  it("go elsewhere while their key is absent here, which nobody holds against the endpoint", async () => {
    const first = await asked(edge, "/", { host: "lacking.test" });
    expect([first.status, attemptsOf(first.headers)]).toEqual([200, ["secret:connect-failure", "bare:ok"]]);
    const ways: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const answer = await asked(edge, "/", { host: "lacking.test" });
      expect(answer.status).toBe(200);
      ways.push(attemptsOf(answer.headers).join(" "));
    }
    // After a few failures in a row this isolate asks elsewhere first, for a second and more.
    expect(ways).toContain("bare:ok");
    expect(secret.seen).toHaveLength(0);
    // After the next exchange with the object, which everybody else goes by, nothing is held against it.
    const state = await until(
      "a snapshot after the failures",
      20_000,
      async () => {
        await asked(edge, "/", { host: "lacking.test" });
        return stateOf(edge);
      },
      (view) => (serviceIn(view, "lacking").sync.calls ?? 0) >= 2,
    );
    const [lacking] = serviceIn(state, "lacking").endpoints;
    expect(lacking).toMatchObject({ id: "secret", breaker: "closed" });
    expect(lacking!.health).not.toBe("unhealthy");
    expect(state.problems).toContain("credential absent: the secret NOT_THERE is absent");
  });

  it("are refused when there is nowhere else, without a word of why", async () => {
    const answer = await asked(edge, "/", { host: "none.test", method: "POST" });
    expect([answer.status, answer.headers["x-heddle-flags"]]).toEqual([503, expect.stringContaining("UF")]);
    expect(answer.text).not.toMatch(/NOT_THERE|credential|secret/);
    expect(secret.seen).toHaveLength(0);
    await until(
      "a line in the log",
      20_000,
      () => log.join(""),
      (text) => text.includes("credential absent: the secret NOT_THERE is absent"),
    );
  });

  it("are copied with the credentials of the mirror", async () => {
    await asked(edge, "/copy", { host: "mirrored.test" });
    await until(
      "the copy",
      20_000,
      () => secret.seen.length + bare.seen.length,
      (copies) => copies === 1,
    );
    const [copy] = [...secret.seen, ...bare.seen];
    expect(copy!.headers["signature-input"]).toBeUndefined();
    expect(signed.seen[0]?.headers.authorization).toBeUndefined();
  });

  it("are known by probes too", async () => {
    await asked(edge, "/", { host: "probed.test" });
    await until(
      "a healthy endpoint",
      30_000,
      async () => {
        await asked(edge, "/", { host: "probed.test" });
        return serviceIn(await stateOf(edge), "probed").endpoints[0]!.health;
      },
      (health) => health === "healthy",
    );
    const probes = probed.seen.filter(({ path }) => path === "/base/up");
    expect(probes.length).toBeGreaterThan(0);
    expect(probes.every(({ verdict }) => verdict?.ok)).toBe(true);
  });

  it("leave no secret in answers, logs, explanations and states", async () => {
    const state = await ask(edge, "/.heddle/state");
    const explained = await ask(edge, "/.heddle/explain?url=http%3A%2F%2Fsecret.test%2F");
    const everything = [...shown, ...log, state.text, explained.text].join("\n");
    expect([state.status, explained.status, shown.length > 20, log.length > 0]).toEqual([200, 200, true, true]);
    for (const text of HIDDEN) expect(everything.includes(text)).toBe(false);
  });
});
