/**
 * Whatever is sent to any operation of the document, wrong in one way or another: no 500, no leak, no change.
 *
 * Every case is wrong by construction: what it sends is not a body that could be accepted, names nothing that exists, is
 * based on a version that is not in force, or comes with a token that may not. So no success of a change is right.
 */
import { request } from "node:http";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Api, startApi } from "./api-client.ts";

/** For each operation. There are about forty. */
const CASES = 100;
const SEED = 20_261_121;

const CONFIG = `services:
  shop:
    endpoints: [{ id: a, url: "https://a.example.com" }, { id: b, url: "https://b.example.com" }]
    discovery: { registration: {} }
  cart: { endpoints: [{ id: a, url: "https://c.example.com" }] }
  beta: { endpoints: [{ id: a, url: "https://d.example.com" }] }
rollouts: { next: { stable: { service: cart }, canary: { service: beta }, steps: [{ weight: 50, bake: 1h }] } }
routes: [{ rules: [{ backendRefs: [{ service: shop }, { service: cart }] }] }]
`;

interface Target {
  readonly method: string;
  readonly template: string;
  readonly takesBody: boolean;
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
}

let api: Api;
let targets: readonly Target[];
/** Good tokens that may not do what is asked of them, and those that are no longer any good. */
let foreign: string;
let reader: string;
let revoked: string;
let expired: string;
let overrideId: string;
/** What must never be in an answer. */
let secrets: readonly string[];

beforeAll(async () => {
  const operatorToken = "operator-token-that-must-not-leak-0123456789";
  api = await startApi(CONFIG, { bindings: { HEDDLE_OPERATOR_TOKEN: operatorToken } });
  await api.apply(`${CONFIG}edge: { mergeSlashes: false }\n`);
  foreign = await api.token(["admin"], ["other"]);
  reader = await api.token(["read"]);
  revoked = await api.token(["admin"]);
  await api.ask(`/v1/tokens/${revoked.split("_")[1]}`, { method: "DELETE" });
  expired = await api.token(["admin"], null, "1s");
  const isOver = async () =>
    expect((await api.ask("/v1/whoami", { token: expired, headers: from(1) })).status).toBe(401);
  await vi.waitFor(isOver, { interval: 300, timeout: 60_000 });
  const override = { target: { endpoint: "a" }, action: "weight", percent: 50 };
  overrideId = (await api.ask("/v1/services/cart/overrides", { method: "POST", json: override })).json.override.id;
  const there = { method: "PUT", json: { url: "https://there.example.com", ttl: "5m" } };
  expect((await api.ask("/v1/services/shop/registrations/there", there)).status).toBe(201);
  secrets = [operatorToken, api.edge.controlToken, ...[foreign, reader, revoked, expired].map((one) => one.slice(21))];
  targets = Object.entries(api.document.paths).flatMap(([template, item]) =>
    Object.entries(item).map(([method, { requestBody }]) => ({
      method: method.toUpperCase(),
      template,
      takesBody: requestBody !== undefined,
    })),
  );
});
afterAll(() => api?.stop());

/** Failures are counted by address: each case has its own. */
function from(n: number): { "cf-connecting-ip": string } {
  return { "cf-connecting-ip": `2001:db8:${(n >>> 16).toString(16)}:${(n & 0xffff).toString(16)}::1` };
}

const STRANGE = [
  "..%2f..%2f..%2fetc%2fpasswd",
  "%2e%2e%2f",
  "..",
  "%00",
  "%ff%fe",
  "%ED%A0%80",
  "%E2%80%AE%F0%9F%92%A9",
  "__proto__",
  "constructor",
  "toString",
  "%7B%7B7*7%7D%7D",
  "'%20OR%201=1%20--",
  "%3Cscript%3E",
  "root%2fshop",
  "shop%2froot",
  "-1",
  "0",
  "99999999999999999999",
  "NaN",
  "1e3",
  "x".repeat(3_000),
  "%",
  "%zz",
  ";",
  "*",
] as const;

const strange = fc.oneof(
  fc.constantFrom(...STRANGE),
  fc.string({ unit: "binary", minLength: 1, maxLength: 40 }).map((text) => encodeURIComponent(text.toWellFormed())),
);

/** Values of every type, with keys that have a meaning to JavaScript among them. */
const anyJson = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(null, [], "", 0, -1, 1e308, true, { a: { b: { c: [] } } }, [[[[[[]]]]]]),
  fc.dictionary(fc.constantFrom("constructor", "prototype", "toString", "hasOwnProperty", "valueOf"), fc.jsonValue()),
);

/** The fields that operations know, each with values of the wrong type beside unknown ones; never a whole body that is right. */
const FIELDS =
  "name scopes services expiresIn to message target action percent for forMs reason force url method headers weight ready load ttl";
const wrongObject = fc
  .dictionary(fc.constantFrom(...FIELDS.split(" ")), anyJson, { maxKeys: 6 })
  .map((object) => JSON.stringify({ ...object, "no-such-field": 1 }));

const polluted = fc.constantFrom(
  '{"__proto__":{"isAdmin":true},"name":"x","scopes":["read"]}',
  '{"to":1,"\\u005f_proto__":{"to":1}}',
  '{"target":{"endpoint":"a","__proto__":{"cloud":"x"}},"action":"drain"}',
  '{"action":"start","constructor":{"prototype":{"x":1}}}',
  '{"url":"https://x.example.com","labels":{"__proto__":"x"}}',
  '{"url":"https://x.example.com/","prototype":{}}',
);

const malformed = fc.oneof(
  fc.constantFrom(
    "",
    "{",
    "]",
    "nul",
    '{"a":}',
    "{'a':1}",
    '{"a":1,}',
    "\ufeff{}",
    '{"a":1}{}',
    "[".repeat(5_000),
    '{"a":'.repeat(2_000),
  ),
  fc.string({ unit: "binary" }).map((text) => `{"${text}`),
);
const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 }).map((array) => Uint8Array.from([0xff, ...array]));
const huge = fc.constantFrom(
  "x".repeat(70_000),
  `{"name":"${"x".repeat(9_000_000)}"}`,
  `{"scopes":[${"1,".repeat(60_000)}1]}`,
);
const faultyConfig = fc.constantFrom(
  "services: [",
  "a: &a [*a]\n",
  `a: ${"[".repeat(10_000)}`,
  "services: {}\nroutes: []\n__proto__: { x: 1 }\n",
  'services: { shop: { endpoints: [{ id: a, url: "http://169.254.169.254/" }] } }\nroutes: []\n',
  'services: { shop: { endpoints: [{ id: a, url: "https://user:pw@a.example.com/" }] } }\nroutes: []\n',
  "- 1\n- 2\n",
  "\u0000",
  "services: {}\nroutes: {}\n",
);

const TYPES = [
  "application/json",
  "application/yaml",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "image/png",
  "application/json; charset=x",
  "",
];
const KEYS = ["k", "x".repeat(300), "a b", "\u00e9", ""];

/** What would be done, were it not for the token: a change that shows. */
function rightCase({ method, template, takesBody }: Target): Sent {
  const isConfig = template === "/v1/config";
  const names: Readonly<Record<string, string>> = {
    service: template.includes("overrides") ? "cart" : "shop",
    id: template.includes("tokens") ? reader.split("_")[1]! : template.includes("overrides") ? overrideId : "a",
    instance: "there",
    rollout: "next",
    version: "1",
  };
  const body = isConfig ? CONFIG : (RIGHT_BODIES[template] ?? "{}");
  const query = template.endsWith("/diff") ? "?to=1" : "";
  return {
    method,
    path: template.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name]!) + query,
    headers: {
      ...(takesBody && { "content-type": isConfig ? "application/yaml" : "application/json" }),
      ...(isConfig && { "if-match": '"1"' }),
    },
    body: takesBody ? body : null,
  };
}

const RIGHT_BODIES: Readonly<Record<string, string>> = {
  "/v1/tokens": '{"name":"x","scopes":["read"]}',
  "/v1/config/rollback": '{"to":1}',
  "/v1/services/{service}/overrides": '{"target":{"endpoint":"a"},"action":"weight","percent":10}',
  "/v1/services/{service}/registrations/{instance}": '{"url":"https://moved.example.com"}',
  "/v1/services/{service}/registrations/{instance}/heartbeat": '{"ready":false}',
  "/v1/rollouts/{rollout}": '{"action":"start"}',
  "/v1/explain": '{"url":"https://shop.example.com/"}',
};

function withToken(sent: Sent, token: string | null, n: number): Sent {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  return { ...sent, headers: { ...sent.headers, ...from(n), ...authorization } };
}

type Kind = "body" | "method" | "foreign" | "token" | "path" | "query" | "headers";

/** A case for an operation: one thing is wrong, the rest may be right. */
function caseFor(target: Target, n: () => number): fc.Arbitrary<Sent> {
  const { method, template, takesBody } = target;
  const names: Readonly<Record<string, string>> = {
    service: "shop",
    id: "nothing",
    instance: "nothing",
    rollout: "nothing",
    version: "99",
  };
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] ?? "nothing");
  const admin = () => ({ authorization: `Bearer ${api.edge.controlToken}`, ...from(n()) });
  const isConfig = template === "/v1/config";
  const type = isConfig ? "application/yaml" : "application/json";
  // Nothing is ever based on it.
  const stale = isConfig ? { "if-match": '"77"' } : {};
  const body = (text: fc.Arbitrary<string | Uint8Array>): fc.Arbitrary<Sent> =>
    text.map((sent) => ({ method, path, headers: { ...admin(), ...stale, "content-type": type }, body: sent }));
  const bodies = isConfig
    ? fc.oneof(body(faultyConfig), body(bytes), body(huge)).map((sent) => ({
        ...sent,
        path: `${path}?dryRun=true`,
        headers: { ...sent.headers, "if-match": '"1"' },
      }))
    : fc.oneof(
        body(wrongObject),
        body(malformed),
        body(polluted),
        body(bytes),
        body(huge),
        body(anyJson.map((value) => JSON.stringify([value]))),
      );
  const kinds: Record<Kind, fc.Arbitrary<Sent> | null> = {
    body: takesBody ? bodies : null,
    method: fc
      .constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND")
      .filter(
        (other) =>
          api.document.paths[template]![other.toLowerCase()] === undefined && !(other === "HEAD" && method === "GET"),
      )
      .map((other) => ({
        method: other,
        path,
        headers: { ...admin(), "content-type": type },
        body: other === "GET" || other === "HEAD" ? null : "{}",
      })),
    foreign: fc
      .constantFrom(...(method === "GET" || template === "/v1/explain" ? [foreign] : [foreign, reader]))
      .map((token) => withToken(rightCase(target), token, n())),
    token: fc
      .oneof(
        fc.constantFrom(revoked, expired, reader.slice(0, -1), "", "hdl__", "null", "\u00ff\u00fe", "a b c"),
        fc.string({ maxLength: 80 }).map((text) => text.replaceAll(/[^\x21-\x7e]/g, "")),
        fc.constant(null),
      )
      .map((token) => withToken(rightCase(target), token, n())),
    path: template.includes("{")
      ? fc.array(strange, { minLength: 4, maxLength: 4 }).map((parts) => {
          let i = 0;
          const odd = template.replaceAll(/\{\w+\}/g, () => parts[i++]!);
          return {
            method,
            path: odd,
            headers: { ...admin(), ...(takesBody && { "content-type": type }) },
            body: takesBody ? "{}" : null,
          };
        })
      : strange.map((part) => ({ method, path: `${template}/${part}`, headers: admin(), body: null })),
    query: fc
      .tuple(
        fc.constantFrom("limit", "cursor", "since", "to", "guard", "dryRun", "service", "type", "__proto__", "a[b]"),
        strange,
      )
      .map(([name, value]) => ({
        method,
        path: `${path}?${name}=${value}&${name}=${value}`,
        headers: { ...admin(), ...stale, ...(takesBody && { "content-type": type }) },
        body: takesBody ? "{" : null,
      })),
    headers: fc
      .tuple(
        fc.constantFrom(...TYPES),
        fc.constantFrom(...KEYS),
        fc.constantFrom('"x"', "*", "W/", '"-1"', '"77"', "77", "\u00ff"),
      )
      .map(([given, key, tag]) => ({
        method,
        path,
        headers: {
          ...admin(),
          ...(given !== "" && { "content-type": given }),
          "idempotency-key": key,
          "if-match": tag,
          "if-none-match": tag,
          "x-heddle-message": "%E0%A4%A",
          "content-encoding": "gzip",
          "x-forwarded-for": "127.0.0.1",
        },
        body: takesBody ? "{" : null,
      })),
  };
  return fc.oneof(...Object.values(kinds).filter((kind) => kind !== null));
}

/** Sends a case as it is: nothing is made normal on the way. */
function send({
  method,
  path,
  headers,
  body,
}: Sent): Promise<{ status: number; type: string; id: string; text: string }> {
  const { port } = new URL(api.edge.controlUrl);
  // What cannot be in a request line is not sent.
  const asciiPath = path.replaceAll(/[^\x21-\x7e]/g, (char) => encodeURIComponent(char.toWellFormed()));
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, method, path: asciiPath, headers, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("end", () =>
        resolve({
          status: answer.statusCode!,
          type: answer.headers["content-type"] ?? "",
          id: String(answer.headers["x-request-id"]),
          text: Buffer.concat(parts).toString(),
        }),
      );
      answer.on("error", reject);
    });
    // The rest of a body that is too large is not read: the answer is there before it is written.
    sent.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "ECONNRESET") reject(error);
      else
        resolve({
          status: 413,
          type: "application/problem+json",
          id: "x".repeat(36),
          text: '{"type":"","title":"","status":413,"detail":"","instance":""}',
        });
    });
    sent.end(body ?? undefined);
  });
}

/** Of what everything() shows, what changes with time alone: a registered instance is taken in, an override drains. */
const MOVING = ["lastUsedAtMs", "bakedMs", "state"];

/** Everything that a change would show in. */
async function everything(): Promise<unknown> {
  const all = await Promise.all(
    [
      "/v1/config",
      "/v1/config/versions?limit=200",
      "/v1/overrides",
      "/v1/tokens?limit=200",
      "/v1/audit?limit=1",
      "/v1/services/shop/registrations",
      "/v1/services/cart/registrations",
      "/v1/rollouts/next",
    ].map((path) => api.ask(path)),
  );
  const text = JSON.stringify(all.map(({ json }) => json));
  return JSON.parse(text, (key, value) => (MOVING.includes(key) ? undefined : value));
}

const STACK = /\n\s+at |\.(ts|js):\d+|Error:|node_modules|file:\/\//;
const INSIDE =
  /DurableObject|SQLITE|sqlite|SqlStorage|workerd|jsg\.|AccessControl|MeshConfig\b|ServiceMonitor|heddle-edge|secretHash/;
const DOCUMENTS = /^\/(docs|openapi\.json)/;

describe("the admin API", () => {
  it("never fails, leaks or changes anything, whatever is wrong with a request", { timeout: 300_000 }, async () => {
    let cases = 0;
    const before = await everything();
    const seen = new Map<number, number>();
    expect(targets.length).toBeGreaterThan(30);
    for (const target of targets) {
      const run = fc.asyncProperty(
        caseFor(target, () => cases),
        async (sent) => {
          cases += 1;
          const { status, type, id, text } = await send(sent);
          seen.set(status, (seen.get(status) ?? 0) + 1);
          expect(status, text).toBeLessThan(500);
          expect(id).toHaveLength(36);
          for (const secret of secrets) expect(text).not.toContain(secret);
          if (!DOCUMENTS.test(sent.path)) {
            expect(text).not.toMatch(STACK);
            expect(text).not.toMatch(INSIDE);
          }
          const isRead = sent.method === "GET" || sent.method === "HEAD" || sent.method === "OPTIONS";
          if (status < 400) expect(isRead, `${status} ${text}`).toBe(true);
          else if (sent.method !== "HEAD") {
            expect(type).toBe("application/problem+json");
            const problem = JSON.parse(text);
            expect(problem).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
          }
        },
      );
      await fc.assert(run, { seed: SEED, numRuns: CASES });
      expect(await everything(), `${target.method} ${target.template}`).toEqual(before);
    }
    expect(cases).toBeGreaterThan(3_000);
    // Each refusal that there is was seen: the cases get as far as they are meant to.
    expect([...seen.keys()].sort()).toEqual(expect.arrayContaining([200, 400, 401, 403, 404, 405, 413, 415, 422]));
  });
});
