/** What asking who a caller is costs, without the platform, in nanoseconds: a token that was seen before, and one that was not. */
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { JwtProvider } from "../../src/core/mesh.ts";
import { authenticateRequest } from "../../src/security/authn/authenticate-request.ts";
import { openAuthenticate, openProviders } from "../../src/security/authn/open.ts";
import type { Caller } from "../../src/security/authn/outcome.ts";
import type { MicroResult } from "./micro.ts";

export const BENCH_ISSUER = "https://idp.example.com";

export interface BenchSigner {
  readonly jwk: Readonly<Record<string, unknown>>;
  token(id: number): Promise<string>;
}

/** An issuer of ES256 tokens that hold for an hour. */
export async function benchSigner(): Promise<BenchSigner> {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  return {
    jwk: { ...(await exportJWK(publicKey)), kid: "bench", alg: "ES256" },
    token: (id) =>
      new SignJWT({ iss: BENCH_ISSUER, aud: "shop", sub: `caller-${id}`, scope: "read write", exp })
        .setProtectedHeader({ alg: "ES256", kid: "bench", typ: "JWT" })
        .sign(privateKey),
  };
}

const CLIENTS = 256;
const ROUNDS = 800;

export async function guardBenchmarks(): Promise<MicroResult[]> {
  const signer = await benchSigner();
  const provider: JwtProvider = {
    type: "jwt",
    name: "idp",
    issuer: BENCH_ISSUER,
    audiences: ["shop"],
    algorithms: ["ES256"],
    jwks: { type: "inline", keys: [signer.jwk] },
    clockSkewMs: 60_000,
    requiredClaims: [],
    requireExpiry: true,
    tokenType: "",
    maxTokenBytes: 8_192,
    from: [{ type: "header", name: "authorization", prefix: "Bearer " }],
    claimsToHeaders: [],
    forward: false,
  };
  const authentication = { providers: [provider], allow: [], reservedHeaders: [] };
  const { inOrder } = openProviders(authentication, new Map());
  const open = openAuthenticate({ providers: [0], required: true }, authentication, inOrder);
  const callers = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, id) => callerWith(await signer.token(id))),
  );

  const firstAt = performance.now();
  for (const caller of callers) await authenticateRequest(open, caller);
  const first = ((performance.now() - firstAt) * 1e6) / CLIENTS;
  const refused = callers.filter((caller) => authenticateRequest(open, caller) instanceof Promise);
  if (refused.length > 0) throw new Error(`${refused.length} tokens are not remembered`);
  const startedAt = performance.now();
  for (let i = 0; i < CLIENTS * ROUNDS; i += 1) authenticateRequest(open, callers[i % CLIENTS]!);
  const again = ((performance.now() - startedAt) * 1e6) / (CLIENTS * ROUNDS);
  return [
    { name: "token (ES256), first request of a client", ns: first },
    { name: "token (ES256), further requests", ns: again },
  ];
}

function callerWith(token: string): Caller {
  const request = new Request("https://shop.example.com/api", { headers: { authorization: `Bearer ${token}` } });
  const at = { host: "shop.example.com", path: "/api", query: "", clientIp: "" };
  return { request, ...at, env: {}, nowMs: Date.now(), waitUntil: () => {} };
}
