/** What is made once for a credential that is remembered is what would be made for each request, and nothing is left out for it. */
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import type { AuthenticationProvider, CredentialPlace } from "../../../../src/core/mesh.ts";
import { authenticateRequest } from "../../../../src/security/authn/authenticate-request.ts";
import { openAuthenticate, openProviders } from "../../../../src/security/authn/open.ts";
import { remembered } from "../../../../src/security/authn/outcome.ts";
import { callerOf, jwtProvider, NOW_MS } from "./providers.ts";

const { publicKey, privateKey } = await generateKeyPair("ES256");
const jwk = { ...(await exportJWK(publicKey)), kid: "k", alg: "ES256" };
const token = (sub: string) =>
  new SignJWT({ iss: "i", sub, exp: NOW_MS / 1_000 + 600 })
    .setProtectedHeader({ alg: "ES256", kid: "k" })
    .sign(privateKey);

function asking(from: readonly CredentialPlace[], more: readonly AuthenticationProvider[] = [], forward = false) {
  const idp = jwtProvider({
    issuer: "i",
    jwks: { type: "inline", keys: [jwk] },
    claimsToHeaders: [{ claim: ["sub"], header: "x-user" }],
    from,
    forward,
  });
  const authentication = { providers: [idp, ...more], allow: [], reservedHeaders: ["x-user"] };
  const { inOrder } = openProviders(authentication, new Map());
  return openAuthenticate(
    { providers: authentication.providers.map((_, i) => i), required: true },
    authentication,
    inOrder,
  );
}

const HEADER = { type: "header", name: "authorization", prefix: "Bearer " } as const;
const QUERY = { type: "query", name: "token" } as const;

describe("a token that is remembered", () => {
  it.each([
    ["in a header", [HEADER], false],
    ["in a header, and passed on", [HEADER], true],
    ["in the query", [QUERY], false],
  ] as const)("says the same the second time, at once: %s", async (_, from, forward) => {
    const open = asking(from, [], forward);
    const text = await token("ada");
    const ask = () =>
      authenticateRequest(
        open,
        from[0].type === "header"
          ? callerOf({ authorization: `Bearer ${text}` })
          : callerOf({}, { url: `https://shop.example.com/?a=1&token=${text}` }),
      );
    const first = await ask();
    const second = ask();
    expect(second).not.toBeInstanceOf(Promise);
    expect(second).toEqual(first);
    expect(first).toMatchObject({
      ok: true,
      principal: { id: "i/ada", presented: ["idp"] },
      edits: { claims: [["x-user", "ada"]] },
    });
  });

  it("does not let a header pass that only the mesh may say", async () => {
    const open = asking([HEADER]);
    const headers = { authorization: `Bearer ${await token("ada")}` };
    await authenticateRequest(open, callerOf(headers));
    const spoofing = await authenticateRequest(open, callerOf({ ...headers, "x-user": "root" }));
    expect(spoofing).toMatchObject({ ok: true, edits: { spoofed: ["x-user"], claims: [["x-user", "ada"]] } });
  });

  it("is not all that counts where a request has another one, in another place or of another provider", async () => {
    const open = asking([HEADER, QUERY]);
    const [ada, eve] = [await token("ada"), await token("eve")];
    const url = `https://shop.example.com/?token=${eve}`;
    const both = () => authenticateRequest(open, callerOf({ authorization: `Bearer ${ada}` }, { url }));
    await authenticateRequest(open, callerOf({ authorization: `Bearer ${ada}` }));
    const first = await both();
    expect(first).toMatchObject({
      ok: true,
      principal: { id: "i/ada" },
      edits: { query: "", remove: ["authorization"] },
    });
    expect(await both()).toEqual(first);
    const forged = `https://shop.example.com/?token=${eve}x`;
    const caller = callerOf({ authorization: `Bearer ${ada}` }, { url: forged });
    expect(await authenticateRequest(open, caller)).toMatchObject({ ok: false, kind: "unauthenticated" });
  });
});

describe("remembered", () => {
  it("makes nothing beforehand of what depends on the request", () => {
    const principal = { kind: "jwt", id: "a", claims: {} } as const;
    const passed = { ok: true, principal, provider: "idp", claims: [], withhold: null } as const;
    expect(remembered(passed).alone).toEqual({
      ok: true,
      principal: { ...principal, presented: ["idp"] },
      edits: null,
    });
    expect(remembered({ ...passed, withhold: { type: "query", name: "t" } }).alone).toBeUndefined();
    expect(remembered({ ...passed, withhold: { type: "cookie", name: "t" } }).alone).toBeUndefined();
    expect(remembered({ ...passed, body: new Uint8Array(1) }).alone).toBeUndefined();
    expect(remembered({ ...passed, more: [passed] }).alone).toBeUndefined();
  });
});
