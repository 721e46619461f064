import { createHash, pbkdf2Sync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type {
  Authenticate,
  AuthenticationProvider,
  ExternalProvider,
  HmacProvider,
} from "../../../../src/core/mesh.ts";
import { authenticateRequest } from "../../../../src/security/authn/authenticate-request.ts";
import { openAuthenticate, openProviders } from "../../../../src/security/authn/open.ts";
import type { Caller, Outcome } from "../../../../src/security/authn/outcome.ts";
import { callerOf, NOW_MS } from "./providers.ts";
import { signedHeaders } from "./sign-request.ts";

function asking(providers: AuthenticationProvider[], rule: Partial<Authenticate> = {}, reservedHeaders: string[] = []) {
  const authentication = { providers, allow: ["http", "loopback"] as const, reservedHeaders };
  const { inOrder } = openProviders(authentication, new Map());
  const open = openAuthenticate(
    { providers: providers.map((_, i) => i), required: false, ...rule },
    authentication,
    inOrder,
  );
  return async (caller: Caller): Promise<Outcome> => authenticateRequest(open, caller);
}
const who = (outcome: Outcome) => (outcome.ok ? `${outcome.principal.kind} ${outcome.principal.id}` : outcome.why);

const KEY = "c0ffee".repeat(8);
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const apiKeys = (over: Partial<Extract<AuthenticationProvider, { type: "api-key" }>> = {}): AuthenticationProvider => ({
  type: "api-key",
  name: "keys",
  from: [
    { type: "header", name: "x-api-key", prefix: "" },
    { type: "query", name: "key" },
    { type: "cookie", name: "key" },
  ],
  keys: [
    { name: "partner", sha256: sha256(KEY), scopes: ["read"], expiresAtMs: 0 },
    { name: "former", sha256: sha256("old key"), scopes: [], expiresAtMs: NOW_MS },
  ],
  forward: false,
  ...over,
});

describe("a request", () => {
  it("without credentials is anonymous, and refused where one is required, with what might be sent", async () => {
    expect(who(await asking([apiKeys(), hmac()])(callerOf()))).toBe("anonymous ");
    const refused = await asking([apiKeys(), hmac()], { required: true })(callerOf());
    expect(refused).toMatchObject({ ok: false, status: 401, headers: [["www-authenticate", "Heddle-HMAC-SHA256"]] });
  });

  it("has to be right in all it brings; the first provider names the principal", async () => {
    const ask = asking([apiKeys(), basic()]);
    const authorization = `Basic ${btoa("ada:correct horse")}`;
    const both = await ask(callerOf({ "x-api-key": KEY, authorization }));
    expect(both).toMatchObject({ principal: { kind: "api-key", id: "partner", presented: ["keys", "people"] } });
    expect(who(await ask(callerOf({ "x-api-key": `${KEY}0`, authorization })))).toBe("unknown key");
    expect(who(await ask(callerOf({ "x-api-key": KEY, authorization: `Basic ${btoa("ada:x")}` })))).toBe(
      "wrong user or password",
    );
  });

  it("never passes headers that only the mesh may say, whoever it is from", async () => {
    const ask = asking([apiKeys()], {}, ["x-user", "x-role"]);
    expect(await ask(callerOf({ "x-user": "root" }))).toMatchObject({ edits: { spoofed: ["x-user"] } });
    expect(await ask(callerOf({ "X-ROLE": "root", "x-api-key": KEY }))).toMatchObject({
      edits: { spoofed: ["x-role"] },
    });
    expect(await ask(callerOf())).toMatchObject({ edits: null });
  });

  it("never passes them in a spelling that endpoints take for the same", async () => {
    const few = asking([apiKeys()], {}, ["x-user", "x-role"]);
    const many = asking([apiKeys()], {}, ["x-auth-request-email", "x-user", "x-role"]);
    for (const ask of [few, many]) {
      expect(await ask(callerOf({ X_User: "root", "x-user": "root" }))).toMatchObject({
        edits: { spoofed: expect.arrayContaining(["x-user", "x_user"]) },
      });
      expect(await ask(callerOf({ x_role: "root", "x-api-key": KEY }))).toMatchObject({
        edits: { spoofed: ["x_role"] },
      });
      expect(await ask(callerOf({ x_other: "1" }))).toMatchObject({ edits: null });
    }
    expect(await many(callerOf({ "X_Auth-Request_Email": "root" }))).toMatchObject({
      edits: { spoofed: ["x_auth-request_email"] },
    });
  });
});

describe("an API key", () => {
  it("does not hide another one: all that are there have to be good, and none goes on", async () => {
    const other = "facade".repeat(8);
    const keys = [
      { name: "partner", sha256: sha256(KEY), scopes: ["read"], expiresAtMs: 0 },
      { name: "other", sha256: sha256(other), scopes: [], expiresAtMs: 0 },
    ];
    const ask = asking([apiKeys({ keys })]);
    const url = (key: string) => `https://shop.example.com/a?key=${key}&y=1`;
    for (let i = 0; i < 2; i += 1) {
      expect(who(await ask(callerOf({ "x-api-key": KEY }, { url: url("forged") })))).toBe("unknown key");
      expect(who(await ask(callerOf({ "x-api-key": KEY, cookie: "key=forged" })))).toBe("unknown key");
      expect(await ask(callerOf({ "x-api-key": KEY }, { url: url(other) }))).toMatchObject({
        principal: { id: "partner", presented: ["keys"] },
        edits: { remove: ["x-api-key"], query: "?y=1" },
      });
    }
  });

  it("is known by its digest and kept from endpoints, wherever it is", async () => {
    const ask = asking([apiKeys()]);
    expect(await ask(callerOf({ "x-api-key": KEY }))).toMatchObject({ edits: { remove: ["x-api-key"] } });
    const url = `https://shop.example.com/a?x=1&k%65y=${KEY}&y=%20`;
    expect(await ask(callerOf({}, { url }))).toMatchObject({ edits: { query: "?x=1&y=%20" } });
    expect(await ask(callerOf({ cookie: `a=1; key=${KEY}; b=2` }))).toMatchObject({ edits: { cookie: "a=1; b=2" } });
    expect(await asking([apiKeys({ forward: true })])(callerOf({ "x-api-key": KEY }))).toMatchObject({ edits: null });
  });

  it("ends, is not its own digest, and is not good twice in one place", async () => {
    const ask = asking([apiKeys()]);
    expect(who(await ask(callerOf({ "x-api-key": "old key" })))).toBe("key former has expired");
    expect(who(await ask(callerOf({ "x-api-key": sha256(KEY) })))).toBe("unknown key");
    expect(who(await ask(callerOf({}, { url: `https://a.example/?key=${KEY}&key=${KEY}` })))).toBe("unknown key");
    expect(who(await ask(callerOf({ cookie: `key=${KEY}; key=${KEY}` })))).toBe("unknown key");
    expect(who(await ask(callerOf({ "x-api-key": "" })))).toBe("unknown key");
  });

  it("is still remembered after it was asked for, until it ends", async () => {
    const ask = asking([apiKeys()]);
    const during = { nowMs: NOW_MS - 1 };
    expect(who(await ask(callerOf({ "x-api-key": "old key" }, during)))).toBe("api-key former");
    expect(who(await ask(callerOf({ "x-api-key": "old key" })))).toBe("key former has expired");
  });
});

const SECRET = "s3cr3t-".repeat(6);
const env = { SIGNING: SECRET };
function hmac(over: Partial<HmacProvider> = {}): HmacProvider {
  const keys = [{ id: "partner", secret: "SIGNING", scopes: ["write"] }];
  return {
    type: "hmac",
    name: "signed",
    keys,
    windowMs: 300_000,
    maxNonces: 100,
    body: "signed",
    maxBodyBytes: 1_000,
    ...over,
  };
}
const URL_ = "https://shop.example.com/orders?a=1&b=%20";
interface Sent {
  readonly body?: string;
  readonly sentBody?: string;
  readonly url?: string;
  readonly method?: string;
  readonly tsS?: number;
  readonly nonce?: string;
  readonly secret?: string;
}
function signed({
  body = "{}",
  sentBody = body,
  url = URL_,
  method = "POST",
  tsS = NOW_MS / 1_000,
  nonce,
  secret = SECRET,
}: Sent = {}) {
  const headers = signedHeaders({
    id: "partner",
    secret,
    method: "POST",
    url: URL_,
    body,
    tsS,
    ...(nonce !== undefined && { nonce }),
  });
  return callerOf(headers, { url, env, init: { method, body: sentBody } });
}

describe("a signed request", () => {
  it("made by the documented recipe is taken, with its body", async () => {
    const outcome = await asking([hmac()])(signed({ body: '{"n":1}' }));
    expect(outcome).toMatchObject({ principal: { kind: "hmac", id: "partner", claims: { scopes: ["write"] } } });
    expect(outcome.ok && new TextDecoder().decode(outcome.edits!.body!)).toBe('{"n":1}');
  });

  it.each([
    ["the body", { sentBody: "{ }" }],
    ["the path", { url: "https://shop.example.com/order?a=1&b=%20" }],
    ["the query", { url: "https://shop.example.com/orders?a=2&b=%20" }],
    ["the host", { url: "https://shop.example.org/orders?a=1&b=%20" }],
    ["the method", { method: "PUT" }],
    ["the secret", { secret: `${SECRET}!` }],
  ] as const)("is refused when %s is another", async (_, sent) => {
    expect(who(await asking([hmac()])(signed(sent)))).toBe("the signature is not right");
  });

  it("is taken once, and within its window only", async () => {
    // What a body takes to come is added to when the request came.
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const ask = asking([hmac()]);
    const nonce = "0123456789abcdef";
    expect(who(await ask(signed({ nonce })))).toBe("hmac partner");
    expect(who(await ask(signed({ nonce })))).toMatch(/taken before/);
    expect(who(await ask(signed({ tsS: NOW_MS / 1_000 - 301 })))).toBe("its time is outside the window");
    expect(who(await ask(signed({ tsS: NOW_MS / 1_000 + 301 })))).toBe("its time is outside the window");
    expect(who(await ask(signed({ tsS: NOW_MS / 1_000 - 300 })))).toBe("hmac partner");
  });

  it("is refused rather than taken twice when there are more than can be remembered", async () => {
    const ask = asking([hmac({ maxNonces: 100 })]);
    const nonce = (i: number) => `nonce-of-request-${i}`;
    const at = (i: number) => NOW_MS / 1_000 - 200 + i;
    for (let i = 0; i < 150; i += 1)
      expect(who(await ask(signed({ nonce: nonce(i), tsS: at(i) })))).toBe("hmac partner");
    for (let i = 0; i < 150; i += 1)
      expect(who(await ask(signed({ nonce: nonce(i), tsS: at(i) })))).toMatch(/taken before/);
  });

  it("with too large a body, or without its secret, is refused as such", async () => {
    expect(await asking([hmac()])(signed({ body: "x".repeat(1_001) }))).toMatchObject({
      kind: "too_large",
      status: 413,
    });
    const caller = { ...signed(), env: { SIGNING: "short" } };
    expect(await asking([hmac()])(caller)).toMatchObject({ kind: "unavailable" });
  });

  it.each(["id=partner", "id=partner, id=partner, ts=1, nonce=0123456789abcdef, sig=00", "x", "id=partner, ts=-1"])(
    "that reads %j is none",
    async (text) => {
      expect(who(await asking([hmac()])(callerOf({ authorization: `Heddle-HMAC-SHA256 ${text}` })))).toBe(
        "it is no signature",
      );
    },
  );
});

const SALT = Buffer.from("0123456789abcdef");
function basic(): AuthenticationProvider {
  const hash = pbkdf2Sync("correct horse", SALT, 10_000, 32, "sha256").toString("base64url");
  const users = [{ name: "ada", iterations: 10_000, salt: SALT.toString("base64url"), hash }];
  return { type: "basic", name: "people", realm: "shop", users, forward: false };
}

describe("a password", () => {
  const ask = (text: string, over: Partial<Caller> = {}) => callerOf({ authorization: `Basic ${btoa(text)}` }, over);

  it("is right or not, whoever the user is", async () => {
    const people = asking([basic()]);
    expect(who(await people(ask("ada:correct horse")))).toBe("basic ada");
    for (const text of ["ada:correct horse ", "ada:", "eve:correct horse", "ADA:correct horse", "nonsense"]) {
      expect(await people(ask(text))).toMatchObject({
        status: 401,
        headers: [["www-authenticate", 'Basic realm="shop", charset="UTF-8"']],
      });
    }
  });

  it("is guessed at a bounded rate, which does not keep out who was right before", async () => {
    const people = asking([basic()]);
    expect(who(await people(ask("ada:correct horse")))).toBe("basic ada");
    const kinds = [];
    for (let i = 0; i < 12; i += 1) {
      const outcome = await people(ask(`ada:${i}`));
      kinds.push(outcome.ok ? "ok" : outcome.kind);
    }
    expect(kinds.filter((kind) => kind === "busy")).toHaveLength(3);
    expect(who(await people(ask("ada:correct horse")))).toBe("basic ada");
    expect(who(await people(ask("ada:0", { nowMs: NOW_MS + 1_000 })))).toBe("wrong user or password");
  });
});

describe("an authorizer", () => {
  async function authorizer(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
    over: Partial<ExternalProvider> = {},
  ) {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    server.unref();
    const provider: ExternalProvider = {
      type: "external",
      name: "authorizer",
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      pathPrefix: "/check",
      timeoutMs: 200,
      onFailure: "refuse",
      requestHeaders: ["authorization"],
      upstreamHeaders: ["x-user"],
      downstreamHeaders: ["location"],
      principalHeader: "x-user",
      ...over,
    };
    return asking([provider], {}, ["x-user"]);
  }

  it("sees method, path and the headers that were named, and says headers for the endpoint", async () => {
    let seen: IncomingMessage | undefined;
    const ask = await authorizer((request, response) => {
      seen = request;
      response.writeHead(200, { "x-user": "ada", "x-other": "1" }).end();
    });
    const outcome = await ask(
      callerOf({ authorization: "Bearer x", "x-secret": "1", "x-user": "root", "x-forwarded-for": "1.1.1.1" }),
    );
    expect(outcome).toMatchObject({
      principal: { kind: "external", id: "ada" },
      edits: { spoofed: ["x-user"], claims: [["x-user", "ada"]] },
    });
    expect(seen).toMatchObject({ method: "GET", url: "/check/cart?page=2" });
    expect(seen?.headers).toMatchObject({
      authorization: "Bearer x",
      "x-forwarded-host": "shop.example.com",
      "x-forwarded-for": "203.0.113.9",
    });
    expect(seen?.headers["x-secret"]).toBeUndefined();
  });

  it.each([
    [401, 401],
    [403, 403],
    [302, 302],
    [429, 429],
    [500, 403],
    [304, 403],
  ])("that answers %i refuses with %i and the headers that were named", async (status, expected) => {
    const ask = await authorizer((_, response) =>
      response.writeHead(status, { location: "/login", "x-why": "secret" }).end(),
    );
    const outcome = await ask(callerOf());
    expect(outcome).toMatchObject({ ok: false, status: expected });
    const isItsWord = status === expected;
    expect(outcome.ok ? null : outcome.headers).toEqual(isItsWord ? [["location", "/login"]] : []);
  });

  it.each(["refuse", "allow"] as const)("that is silent is a failure, for which %s holds", async (onFailure) => {
    const ask = await authorizer(() => {}, { onFailure, timeoutMs: 50 });
    expect((await ask(callerOf())).ok).toBe(onFailure === "allow");
  });

  it("at an address that must not be asked lets nobody in, even when failures are allowed", async () => {
    const ask = await authorizer(() => {}, { url: "http://169.254.169.254", onFailure: "allow" });
    expect(await ask(callerOf())).toMatchObject({ ok: false, status: 403 });
  });
});
