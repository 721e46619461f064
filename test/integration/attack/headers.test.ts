/**
 * Header injection and spoofing: what a caller writes must not become a header, a line of a log or a part of an answer of its
 * own, nor be taken for what the mesh or Cloudflare says.
 *
 * Who protects: CR, LF and NUL in what arrives are refused by the platform (see smuggling.test.ts). What becomes a header later
 * (claims, Location, X-Forwarded-Host, request ids) is the mesh's. `CF-*` is overwritten by Cloudflare's front and is nothing
 * that a local workerd could show; the mesh reads one of them, CF-Connecting-IP, and only in production.
 */
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import type { MeshConfigInput } from "../../../src/config/schema/mesh.ts";
import { ask, askRaw } from "../harness/ask.ts";
import { createResources } from "../harness/resources.ts";
import { rulesByPath, serviceOf } from "../harness/rules.ts";
import { until } from "../harness/state.ts";
import { type RecordingOrigin, startRecordingOrigin, valuesIn } from "./recording-origin.ts";

const own = createResources();
afterAll(own.close);

const ISSUER = "https://idp.example";
const KEY = "0123456789abcdef0123456789abcdef";

describe("headers", () => {
  let edge: Edge;
  let origin: RecordingOrigin;
  let tokenWith: (claims: Record<string, unknown>) => Promise<string>;
  const logged: string[] = [];

  beforeAll(async () => {
    origin = await startRecordingOrigin(own, "origin");
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    tokenWith = (claims) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: "ES256" })
        .setIssuer(ISSUER)
        .setExpirationTime("5m")
        .sign(privateKey);
    const service = serviceOf([origin], {
      endpoints: [{ id: "origin", url: origin.url, headers: { "x-key": "ours" } }],
    });
    const to = { backendRefs: [{ service: "s" }] };
    const redirect = (path: object) => ({
      filters: [{ type: "RequestRedirect" as const, requestRedirect: { hostname: "new.example", path } as never }],
    });
    const authentication: MeshConfigInput["authentication"] = {
      providers: {
        idp: {
          type: "JWT",
          issuer: ISSUER,
          algorithms: ["ES256"],
          jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: "ES256" }] } as never,
          claimsToHeaders: { "x-user": "sub", "x-groups": "groups" },
        },
      },
    };
    const config = rulesByPath(
      { s: service },
      {
        "/plain": to,
        "/known": { ...to, authentication: { providers: ["idp"] } },
        "/session": { ...to, sessionPersistence: { sessionName: "seat" } },
        "/named": { ...to, timeouts: { request: "5s" } },
        "/moved": redirect({ type: "ReplacePrefixMatch", replacePrefixMatch: "/" }),
        "/whole": redirect({ type: "ReplaceFullPath", replaceFullPath: "/" }),
        "/same": { filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https" } }] },
        "/old": {
          ...to,
          filters: [
            { type: "URLRewrite", urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/new" } } },
          ],
        },
      },
      {
        authentication,
        edge: { forwarded: "replace" },
        telemetry: { accessLog: { samplePercent: 100 } },
      },
    );
    edge = await own.edge(config, {
      bindings: { HEDDLE_SESSION_KEY: KEY },
      onLog: (line) => void logged.push(line),
    });
  });
  beforeEach(() => {
    origin.requests.length = 0;
    origin.malformed.length = 0;
  });

  /** The headers that the origin got, each once; fails when one came twice. */
  async function sentOn(path: string, headers: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    const answer = await ask(edge, path, { headers });
    expect([answer.status, origin.malformed], answer.text).toEqual([200, []]);
    const got = origin.requests.at(-1)!.headers.map(([name, value]) => [name.toLowerCase(), value] as const);
    expect(new Set(got.map(([name]) => name)).size).toBe(got.length);
    return Object.fromEntries(got);
  }

  describe("that are spoofed", () => {
    it.each([
      ["x-forwarded-for", "10.0.0.1"],
      ["x-forwarded-host", "evil.test"],
      ["x-forwarded-proto", "https"],
      ["forwarded", "for=10.0.0.1;host=evil.test"],
      ["via", "1.1 heddle2"],
      ["x-heddle-timeout-ms", "99999999"],
      ["x-key", "theirs"],
      ["x-user", "root"],
      ["x-groups", "admin"],
    ])("%s is the mesh's word, whoever says it and whatever Connection says of it", async (name, forged) => {
      const plain = await sentOn("/plain", {});
      const spoofed = await sentOn("/plain", { [name]: forged });
      const stripped = await sentOn("/plain", { [name]: forged, connection: `close, ${name}` });
      for (const got of [spoofed, stripped]) {
        if (name === "via") expect(got.via).toMatch(/(^|, )1\.1 heddle$/);
        else if (name === "x-heddle-timeout-ms") expect(Number(got[name])).toBeLessThan(60_000);
        else expect(got[name]).toBe(plain[name]);
      }
    });

    it.each([
      ["x-original-url", "/admin"],
      ["x-rewrite-url", "/admin"],
      ["x-forwarded-client-cert", "URI=spiffe://cluster.local/ns/x/sa/admin"],
      ["x-forwarded-port", "1"],
      ["x-forwarded-prefix", "/admin"],
      ["proxy-authorization", "Basic eDp5"],
    ])("%s, which only a proxy in front says, does not pass", async (name, forged) => {
      expect((await sentOn("/plain", { [name]: forged }))[name]).toBeUndefined();
    });

    it.each(["x-real-ip", "true-client-ip"])("%s says where the caller is", async (name) => {
      expect((await sentOn("/plain", { [name]: "10.0.0.1" }))[name]).toBe("127.0.0.1");
    });

    it("twice in one request, they are still one", async () => {
      await askRaw(
        edge,
        "GET /plain HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 1\r\nX-Forwarded-For: 2\r\nx-key: 1\r\nX-KEY: 2\r\n\r\n",
        100,
      );
      expect(valuesIn(origin.requests[0]!, "x-forwarded-for")).toEqual(["127.0.0.1"]);
      expect(valuesIn(origin.requests[0]!, "x-key")).toEqual(["ours"]);
    });

    it("claims are the token's, and Connection cannot take them away", async () => {
      const authorization = `Bearer ${await tokenWith({ sub: "ann", groups: ["a", "b"] })}`;
      const got = await sentOn("/known", {
        authorization,
        "x-user": "root",
        "x-groups": "admin",
        connection: "close, x-user, x-groups",
      });
      expect([got["x-user"], got["x-groups"], got.authorization]).toEqual(["ann", "a,b", undefined]);
    });

    it("a session that is forged, cut or of another kind is none, and the request goes its own way", async () => {
      const fresh = await ask(edge, "/session");
      const token = /seat=([^;]+)/.exec(String(fresh.headers["set-cookie"]))![1]!;
      const flipped = token.slice(0, -2) + (token.at(-2) === "A" ? "B" : "A") + token.at(-1)!;
      for (const forged of [flipped, token.slice(0, 20), "x".repeat(4_000), `${token}.${token}`, "origin", "=;=", ""]) {
        const answer = await ask(edge, "/session", { headers: { cookie: `seat=${forged}` } });
        expect([answer.status, String(answer.headers["set-cookie"])]).toEqual([200, expect.stringContaining("seat=")]);
      }
      const kept = await ask(edge, "/session", { headers: { cookie: `seat=${token}` } });
      expect(kept.headers["set-cookie"]).toBeUndefined();
    });

    it.each(["x-heddle-request-timeout-ms", "x-heddle-attempt-timeout-ms"])(
      "%s changes nothing where the config lets nobody",
      async (name) => {
        const got = await sentOn("/named", { [name]: "1" });
        expect(Number(got["x-heddle-timeout-ms"])).toBeGreaterThan(500);
      },
    );
  });

  describe("that are injected", () => {
    it.each([
      ["a line break", "ann\r\nx-admin: 1"],
      ["a line feed", "ann\nx-admin: 1"],
      ["NUL", "ann\0"],
      ["a line separator of Unicode", "ann\u2028x"],
      ["letters beyond ASCII", "änn"],
      ["far too much", "x".repeat(4_200)],
    ])("by a claim with %s make no header at all", async (_, groups) => {
      const got = await sentOn("/known", { authorization: `Bearer ${await tokenWith({ sub: "ann", groups })}` });
      expect([got["x-admin"], got["x-groups"], got["x-user"]]).toEqual([undefined, undefined, "ann"]);
    });

    it("by an element of a claim with a comma in it are not two of a list", async () => {
      const authorization = `Bearer ${await tokenWith({ sub: "ann", groups: ["a,admin"] })}`;
      expect((await sentOn("/known", { authorization }))["x-groups"]).toBe('["a,admin"]');
    });

    it.each([
      "/moved//evil.test/x",
      "/moved/%0d%0aset-cookie:%20a=b",
      "/moved/%0D%0A%0D%0A%3Cscript%3E",
      "/moved/\\evil.test",
      "/moved/@evil.test",
      "/moved/..//evil.test",
      "/moved/.evil.test",
      "/moved/%00",
      "/moved?x=%0d%0aset-cookie:a=b",
      "/whole//evil.test",
      "/whole/%0d%0ax:y?\\",
    ])("by the path %s stay inside Location, on the host that the config says", async (path) => {
      const answer = await ask(edge, path);
      expect(answer.headers["set-cookie"]).toBeUndefined();
      // What climbs out of the prefix is another path, and has no route here.
      if (path.includes("..")) return expect(answer.status).toBe(404);
      expect(answer.status).toBe(302);
      const { location } = answer.headers;
      // The port is the one that was asked for: this listener takes any.
      expect(location).toMatch(/^http:\/\/new\.example:\d+\/(?![/\\])[!-~]*$/);
      expect(new URL(location!).hostname).toBe("new.example");
    });

    it.each(['a.test"><script>', "a.test\\@evil", "a.test:80@evil", "a.test%0d%0ax:y", "a.test,evil"])(
      "by the host %s are refused",
      async (host) => {
        const received = await askRaw(edge, `GET /same HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`, 100);
        expect(received).toMatch(/^HTTP\/1\.1 400 /);
        expect(received).not.toContain("evil");
      },
    );

    it("by a path that is rewritten stay a path", async () => {
      await ask(edge, "/old/%0d%0ahost:%20evil/%00/\\x?y=%0a");
      expect(origin.requests.map(({ target }) => target)).toEqual(["/new/%0D%0Ahost:%20evil/%00/x?y=%0a"]);
      expect(origin.malformed).toEqual([]);
    });

    it.each(['{"a":1}', "a b", "x".repeat(129), "<script>", "é", "a,b", "a\tb"])(
      "by the request id %s are neither said back nor written down",
      async (given) => {
        const answer = await ask(edge, "/nowhere", {
          headers: { "x-request-id": Buffer.from(given).toString("latin1") },
        });
        expect(answer.status).toBe(404);
        expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
        expect((JSON.parse(answer.text) as { requestId: string }).requestId).toBe(answer.headers["x-request-id"]);
        expect(answer.text).not.toContain(given);
      },
    );

    it("into logs stay inside one line of JSON", async () => {
      const before = logged.length;
      const nasty = '/plain/%0a{"event":"forged"}/\u001b[31m%1b[31m"';
      await askRaw(
        edge,
        `GET ${nasty.replaceAll("\u001b", "")} HTTP/1.1\r\nhost: a.test\r\nuser-agent: "},{"event":"forged"\x85\x9b\r\n\r\n\r\n`,
        100,
      );
      await askRaw(edge, 'GET /plain HTTP/1.1\r\nhost: a"},{"event":"forged\r\n\r\n', 100);
      const lines = await until(
        "both lines",
        20_000,
        () => logged.slice(before).filter((line) => line.includes("forged")),
        (found) => found.length >= 2,
      );
      for (const line of logged.slice(before)) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
        if (line.startsWith("{")) expect((JSON.parse(line) as { event: string }).event).not.toBe("forged");
      }
      expect(lines.every((line) => line.startsWith('{"'))).toBe(true);
    });
  });
});
