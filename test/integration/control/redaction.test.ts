/**
 * Secrets go where they belong and come out nowhere else: distinctive ones are planted in every place that takes one, everything
 * is used, well and badly, and all that came out is searched.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { ControlledEdge } from "../../../src/cli/workerd/start-edge.ts";
import { startEdge } from "../../../src/cli/workerd/start-edge.ts";
import { signedHeaders } from "../../unit/security/authn/sign-request.ts";
import { ask } from "../harness/ask.ts";
import { meshOf } from "../harness/configs.ts";
import { type Receiver, startReceiver } from "../harness/receiver.ts";
import { createResources } from "../harness/resources.ts";
import { openLive } from "./live-socket.ts";

const own = createResources();

/** Long enough for every use, found in whole or in part. */
const planted = (name: string) => `PLANTED-${name}-0123456789abcdefghijklmnop`;
const EDGE = {
  SHOP_TOKEN: planted("endpoint"),
  FILTER_KEY: planted("filter"),
  PROBE_KEY: planted("probe"),
  SIGNING_KEY: planted("signing"),
  ACME_KEY: planted("acme"),
  JWKS: JSON.stringify({
    keys: [{ kty: "oct", alg: "HS256", kid: "k", k: Buffer.from(planted("jwks")).toString("base64url") }],
  }),
  HEDDLE_OTLP_KEY: planted("otlp"),
  HEDDLE_SESSION_KEY: planted("session"),
  HEDDLE_DEBUG_TOKEN: planted("debug"),
  HEDDLE_OPERATOR_TOKEN: planted("operator"),
  HEDDLE_LOG_KEY: planted("log"),
  HEDDLE_STORAGE_KEY: planted("storage"),
};
const CONTROL = {
  HEDDLE_ALLOW_ENDPOINTS: "http,private,loopback",
  HEDDLE_BOOTSTRAP_TOKEN: planted("bootstrap"),
  HEDDLE_OPERATOR_TOKEN: EDGE.HEDDLE_OPERATOR_TOKEN,
  HEDDLE_STORAGE_KEY: EDGE.HEDDLE_STORAGE_KEY,
  HEDDLE_NOTIFY_KEY: planted("notify"),
};
const API_KEY = planted("api-key");
const API_KEY_SHA256 = await sha256Hex(API_KEY);

let edge: ControlledEdge;
let [hooks, collector]: [Receiver, Receiver] = [] as never;
/** Everything that came out, with where. */
const seen: { readonly where: string; readonly text: string }[] = [];
const note = (where: string, text: string) => void seen.push({ where, text });

beforeAll(async () => {
  hooks = await startReceiver();
  collector = await startReceiver();
  const [good, bad] = await Promise.all([own.origin("good"), own.origin("bad", { fault: { status: 500 } })]);
  const config = `
credentials:
  signed: { type: HMAC, keyId: mesh, key: { secret: SIGNING_KEY } }
  missing: { type: Headers, headers: { x-key: { secret: NOT_THERE } } }
services:
  shop:
    credentials: [signed]
    endpoints:
      - { id: good, url: "${good.url}", headers: { authorization: { secret: SHOP_TOKEN, prefix: "Bearer " } } }
      - { id: bad, url: "${bad.url}", headers: { x-token: { secret: SHOP_TOKEN } } }
    healthChecks: [{ path: /healthz, interval: 200ms, headers: { x-probe: { secret: PROBE_KEY } } }]
  locked: { credentials: [missing], endpoints: [{ id: good, url: "${good.url}" }] }
authentication:
  providers:
    idp: { type: JWT, issuer: mesh, audiences: [shop], algorithms: [HS256], jwks: { secret: JWKS } }
    keys: { type: APIKey, keys: { acme: { sha256: "${API_KEY_SHA256}" } } }
    partners: { type: HMAC, keys: { acme: { secret: ACME_KEY } } }
routes:
  - authentication: { providers: [idp, keys] }
    rules:
      - matches: [{ path: { value: /locked } }]
        backendRefs: [{ service: locked }]
      - matches: [{ path: { value: /signed } }]
        authentication: { providers: [partners], required: true }
        backendRefs: [{ service: shop }]
      - filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-filter-key, value: { secret: FILTER_KEY } }] } }]
        backendRefs: [{ service: shop }]
        sessionPersistence: { sessionName: s }
notifications: [{ name: hook, type: webhook, url: "${hooks.url}/hook", secret: HEDDLE_NOTIFY_KEY, hold: 0s, severity: info }]
telemetry:
  accessLog: { samplePercent: 100 }
  tracing: { endpoint: "${collector.url}/v1/traces", samplePercent: 100, compression: none, headers: { x-key: { secret: HEDDLE_OTLP_KEY } } }
`;
  edge = await startEdge({
    mesh: await meshOf(config),
    region: "weur",
    dev: false,
    bindings: EDGE,
    control: { bindings: CONTROL },
    onLog: (line) => note("log", line),
  });
  // What a config is refused for is told without it.
  for (const text of [
    config.replace("{ secret: FILTER_KEY }", planted("literal")),
    config.replace("interval: 200ms", `interval: ${planted("interval")}`),
  ]) {
    await api("/v1/config", {
      method: "PUT",
      body: text,
      headers: { "content-type": "application/yaml", "if-match": '"0"' },
    });
  }
  const put = { "content-type": "application/yaml", "if-match": '"0"', "idempotency-key": "0123456789abcdef" };
  expect(await api("/v1/config", { method: "PUT", body: config, headers: put })).toBe(201);
}, 60_000);
afterAll(async () => {
  await edge?.stop();
  await Promise.all([hooks?.close(), collector?.close()]);
  await own.close();
});

async function api(path: string, init: RequestInit = {}, token = CONTROL.HEDDLE_BOOTSTRAP_TOKEN): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) };
  const answer = await fetch(`${edge.controlUrl}${path}`, { ...init, headers, redirect: "manual" });
  const heads = [...answer.headers].map((pair) => pair.join(": ")).join("\n");
  note(`${init.method ?? "GET"} ${path}`, `${heads}\n${await answer.text()}`);
  return answer.status;
}

async function request(path: string, headers: Record<string, string> = {}): Promise<number> {
  const answer = await ask(edge, path, { headers });
  // The origin repeats what it was asked for, as it is meant to.
  note(`request ${path}`, `${answer.rawHeaders.join("\n")}\n${answer.text.replaceAll(path, "")}`);
  return answer.status;
}

async function sha256Hex(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toString("hex");
}

describe("secrets", () => {
  it("come out of nothing that is asked, refused, written or sent", async () => {
    const live = await openLive({ edge } as never, {
      headers: { authorization: `Bearer ${CONTROL.HEDDLE_BOOTSTRAP_TOKEN}` },
    });
    if (typeof live === "number") throw new Error(`live: ${live}`);
    live.send({ subscribe: { service: null, state: true, decisions: true } });

    const debug = { "x-heddle-debug": EDGE.HEDDLE_DEBUG_TOKEN };
    const signed = signedHeaders({
      id: "acme",
      secret: EDGE.ACME_KEY,
      method: "GET",
      url: `${edge.url}/signed/a`,
      body: "",
    });
    const statuses = new Set<number>();
    for (let i = 0; i < 12; i += 1) {
      statuses.add(await request("/a", { "x-api-key": API_KEY, ...debug }));
      statuses.add(await request(`/b?access_token=${planted("query")}`, { cookie: `s=${planted("cookie")}` }));
      statuses.add(await request("/locked/a", debug));
      statuses.add(await request("/c", { authorization: `Bearer ${planted("bearer")}` }));
      statuses.add(await request("/signed/a", { authorization: `HEDDLE-HMAC-SHA256 ${planted("hmac")}` }));
    }
    statuses.add(await request("/signed/a", signed));
    await request("/.heddle/state", { authorization: `Bearer ${EDGE.HEDDLE_OPERATOR_TOKEN}` });
    expect([...statuses]).toEqual(expect.arrayContaining([200, 401, 503]));

    // Every read of the admin API, by somebody who may only read, and by one who may do everything.
    const made = await fetch(`${edge.controlUrl}/v1/tokens`, {
      method: "POST",
      headers: { authorization: `Bearer ${CONTROL.HEDDLE_BOOTSTRAP_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "reader", scopes: ["read"], services: null, expiresIn: "1h" }),
    });
    const { token } = (await made.json()) as { token: string };
    const document = await fetch(`${edge.controlUrl}/openapi.json`, { headers: { authorization: `Bearer ${token}` } });
    const { paths } = (await document.json()) as { paths: Record<string, Record<string, unknown>> };
    const reads = Object.entries(paths).filter(([path, of]) => of.get !== undefined && path !== "/v1/live");
    expect(reads.length).toBeGreaterThan(25);
    let answered = 0;
    for (const [path] of reads) {
      const filled = path
        .replace("{service}", "shop")
        .replace("{endpoint}", "good")
        .replace("{version}", "1")
        .replaceAll(/\{\w+\}/g, "x");
      const query = path.endsWith("/diff")
        ? "?to=1"
        : path.includes("history")
          ? `?from=${Date.now() - 60_000}&to=${Date.now()}`
          : "";
      for (const who of [token, CONTROL.HEDDLE_BOOTSTRAP_TOKEN])
        if ((await api(`${filled}${query}`, {}, who)) === 200) answered += 1;
    }
    expect(answered).toBeGreaterThan(30);
    await api("/v1/explain", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ url: `${edge.url}/a`, method: "GET", headers: { "x-plain": "1" } }),
    });
    await api("/metrics");
    await api("/v1/whoami", {}, planted("wrong-token"));
    await api("/v1/services/shop/overrides", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ target: { endpoint: "bad" }, action: "drain", for: "1m", reason: "a test" }),
    });
    await vi.waitFor(() => expect(collector.received.length).toBeGreaterThan(0), { timeout: 60_000 });
    await vi.waitFor(() => expect(hooks.received.length).toBeGreaterThan(0), { timeout: 60_000, interval: 250 });
    await vi.waitFor(() => expect(live.messages.length).toBeGreaterThan(2), { timeout: 60_000 });

    for (const { body } of collector.received) note("spans", body);
    for (const { body, headers } of hooks.received) note("webhook", `${JSON.stringify(headers)}${body}`);
    for (const message of live.messages) note("live", JSON.stringify(message));
    live.close();
    // Each kind of thing was really looked at, the one who looks included.
    expect(new Set(seen.map(({ where }) => where.split(" ")[0]))).toEqual(
      new Set(["log", "request", "GET", "POST", "PUT", "spans", "webhook", "live"]),
    );
    expect(seen.some(({ where, text }) => where === "log" && text.includes('"event":"request"'))).toBe(true);
    expect(seen.some(({ text }) => text.includes("NOT_THERE"))).toBe(true);
    const found = seen.filter(({ text }) => /PLANTED-|0123456789abcdefghij/.test(text));
    expect(
      found.map(({ where, text }) => `${where}: ${text.match(/.{0,80}(?:PLANTED-|0123456789abcdefghij).{0,40}/)?.[0]}`),
    ).toEqual([]);
    // The secret of a token may have underscores of its own.
    for (const part of [b64(planted("jwks")), /^hdl_[^_]+_(.{20,})$/.exec(token)![1]!]) {
      expect(seen.filter(({ text }) => text.includes(part)).map(({ where }) => where)).toEqual([]);
    }
  }, 300_000);
});

function b64(text: string): string {
  return Buffer.from(text).toString("base64url");
}
