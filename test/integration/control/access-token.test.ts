/**
 * Tokens of Cloudflare Access at the admin API: a team's key server on loopback, tokens that are really signed, and the control
 * Worker on a real workerd.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../harness/state.ts";
import { type Api, type Reply, startApi } from "./api-client.ts";

const AUDIENCE = "4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2";

type Pair = { readonly kid: string; readonly key: CryptoKey; readonly jwk: JWK };
async function keyPair(kid: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  return { kid, key: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" } };
}

/** What https://<team>.cloudflareaccess.com is to an application: the keys that it signs with. */
const team = { url: "", published: [] as Pair[], asked: 0 };
const server = createServer((request, response) => {
  if (request.url !== "/cdn-cgi/access/certs") return void response.writeHead(404).end();
  team.asked += 1;
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ keys: team.published.map(({ jwk }) => jwk) }));
});

let api: Api;
let [current, next]: Pair[] = [];
beforeAll(async () => {
  [current, next] = await Promise.all([keyPair("of-now"), keyPair("of-later")]);
  team.published = [current!];
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  team.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  api = await startApi(undefined, {
    bindings: {
      HEDDLE_ACCESS_TEAM: team.url,
      HEDDLE_ACCESS_AUD: `another, ${AUDIENCE}`,
      HEDDLE_ACCESS_ADMINS: "ann@example.com",
      HEDDLE_ACCESS_READERS: "staff",
      HEDDLE_ALLOW_ENDPOINTS: "http,loopback",
    },
  });
});
afterAll(async () => {
  await api?.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

interface Made {
  readonly pair?: Pair;
  readonly audience?: string | string[];
  readonly issuer?: string;
  readonly expires?: number;
  readonly claims?: Record<string, unknown>;
}
/** As Access makes it; `expires`: seconds from now. */
function tokenOf({ pair = current!, audience = [AUDIENCE], issuer = team.url, expires = 300, claims }: Made = {}) {
  const nowS = Math.floor(Date.now() / 1_000);
  return new SignJWT({ email: "ann@example.com", type: "app", ...claims })
    .setProtectedHeader({ alg: "RS256", kid: pair.kid, typ: "JWT" })
    .setSubject("0c1f-7a")
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(nowS - 60)
    .setExpirationTime(nowS + expires)
    .sign(pair.key);
}
async function whoami(made?: Made | string): Promise<Reply> {
  const token = typeof made === "string" ? made : await tokenOf(made);
  return api.ask("/v1/whoami", { token: null, headers: { "cf-access-jwt-assertion": token } });
}

describe("a token of Cloudflare Access", () => {
  it("lets people in by their lists, until it ends, and names them in the audit log", async () => {
    const { status, json } = await whoami();
    expect([status, json]).toMatchObject([200, { name: "ann@example.com", via: "access", scopes: ["admin"] }]);
    expect(json.expiresAtMs).toBeGreaterThan(Date.now());
    const headers = { "cf-access-jwt-assertion": await tokenOf() };
    const post = { token: null, headers, method: "POST", json: { name: "by ann", scopes: ["read"] } };
    expect((await api.ask("/v1/tokens", post)).json.createdBy).toBe("ann@example.com");
    const { items } = (await api.ask("/v1/audit?action=token.create", { token: null, headers })).json;
    expect(items[0]).toMatchObject({ actor: "ann@example.com", via: "access" });
  });

  it("gives the scopes of a group that it names, and none to whom no list names", async () => {
    const scopesOf = async (claims: Record<string, unknown>) => (await whoami({ claims })).json.scopes;
    expect(await scopesOf({ email: "bob@example.com", custom: { groups: ["staff"] } })).toEqual(["read"]);
    expect(await scopesOf({ email: "eve@example.com" })).toEqual([]);
  });

  it.each<[string, () => Made | Promise<Made>]>([
    ["is for another application", () => ({ audience: "f".repeat(64) })],
    [
      "is of another team, which signs with its own key",
      async () => ({ issuer: "https://other.cloudflareaccess.com", pair: await keyPair("theirs") }),
    ],
    ["names another team, signed with our key", () => ({ issuer: "https://other.cloudflareaccess.com" })],
    [
      "names our team and our key, signed with another",
      async () => ({ pair: { ...(await keyPair("theirs")), kid: current!.kid } }),
    ],
    ["has expired", () => ({ expires: -31 })],
    ["is of a service, and names no person", () => ({ claims: { email: undefined, common_name: "a.access" } })],
  ])("that %s opens nothing", async (_, made) => {
    const { status, headers } = await whoami(await made());
    expect([status, headers.get("www-authenticate")]).toEqual([401, expect.stringContaining("invalid_token")]);
  });

  it.each([
    ["without a signature", (parts: string[]) => `${parts[0]}.${parts[1]}.`],
    ["of other words", (parts: string[]) => `${parts[0]}.${btoa('{"email":"ann@example.com"}')}.${parts[2]}`],
    ["that is none", () => "x.y.z"],
  ])("%s opens nothing", async (_, changed) => {
    expect((await whoami(changed((await tokenOf()).split(".")))).status).toBe(401);
  });

  it("is good by a key that the team signs with since, and no longer by one that it took back", async () => {
    expect((await whoami()).status).toBe(200);
    team.published = [next!];
    // Keys are asked for again ten seconds after the last time at the soonest.
    const reply = await until(
      "the new key is known",
      60_000,
      () => whoami({ pair: next! }),
      ({ status }) => status === 200,
    );
    expect(reply.json.name).toBe("ann@example.com");
    expect((await whoami()).status).toBe(401);
  });

  it("asks for the keys no more often however many tokens name keys that nobody has", async () => {
    const before = team.asked;
    const startedAtMs = Date.now();
    const unknown = await keyPair("nobody's");
    for (let n = 0; n < 30; n++) expect((await whoami({ pair: unknown })).status).toBe(401);
    expect(team.asked - before).toBeLessThanOrEqual(1 + Math.ceil((Date.now() - startedAtMs) / 10_000));
  });
});
