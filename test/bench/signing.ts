/**
 * What a warm credential costs a request, without the platform, in nanoseconds of CPU: the copy of the headers that it is put on,
 * and the signature. Of CPU and not of time, since Node.js makes signatures on other threads, and waits for these.
 */
import { generateKeyPairSync } from "node:crypto";
import type { OriginCredentialPlan } from "../../src/core/mesh-origins.ts";
import type { OriginCredential, OutgoingRequest } from "../../src/security/origin/credential.ts";
import { openCredentials } from "../../src/security/origin/open.ts";
import type { MicroResult } from "./micro.ts";

const BODY = new TextEncoder().encode("x".repeat(1_024));
const ROUNDS = 2_000;
const REPEATS = 5;
const INBOUND = new Headers({
  host: "shop.example.com",
  accept: "text/html,application/xhtml+xml",
  "accept-language": "en",
  "content-type": "application/json",
  "user-agent": "bench",
  "x-forwarded-for": "192.0.2.1",
  "x-forwarded-host": "shop.example.com",
  "x-forwarded-proto": "https",
});

function pem(kind: "ed25519" | "ec" | "rsa"): string {
  const { privateKey } =
    kind === "ed25519"
      ? generateKeyPairSync("ed25519")
      : kind === "ec"
        ? generateKeyPairSync("ec", { namedCurve: "P-256" })
        : generateKeyPairSync("rsa", { modulusLength: 2_048 });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

const SECRETS: Readonly<Record<string, string>> = {
  TOKEN: "0123456789abcdef0123456789abcdef",
  ED25519: pem("ed25519"),
  EC: pem("ec"),
  RSA: pem("rsa"),
};

const signature = (algorithm: "ed25519" | "ecdsa-p256-sha256" | "rsa-pss-sha512" | "hmac-sha256", secret: string) =>
  ({
    name: algorithm,
    type: "message-signature",
    keyId: "edge",
    algorithm,
    key: { secret },
    components: ["@method", "@authority", "@path", "@query", "content-type", "content-digest"],
    label: "heddle",
    tag: "",
    ttlMs: 300_000,
    contentDigest: true,
    maxBodyBytes: 1_048_576,
  }) satisfies OriginCredentialPlan;

const PLANS: readonly (readonly [name: string, plan: OriginCredentialPlan])[] = [
  ["secret header", { name: "header", type: "headers", headers: [["authorization", "Bearer ", { secret: "TOKEN" }]] }],
  [
    "HMAC, body of 1 KiB",
    { name: "hmac", type: "hmac", keyId: "edge", key: { secret: "TOKEN" }, signsBody: true, maxBodyBytes: 1_048_576 },
  ],
  ["RFC 9421 hmac-sha256, body of 1 KiB", signature("hmac-sha256", "TOKEN")],
  ["RFC 9421 ed25519, body of 1 KiB", signature("ed25519", "ED25519")],
  ["RFC 9421 ecdsa-p256-sha256, body of 1 KiB", signature("ecdsa-p256-sha256", "EC")],
  ["RFC 9421 rsa-pss-sha512, body of 1 KiB", signature("rsa-pss-sha512", "RSA")],
  [
    "AWS SigV4, body of 1 KiB",
    {
      name: "aws",
      type: "aws-sigv4",
      region: "eu-central-1",
      service: "lambda",
      accessKeyId: { secret: "TOKEN" },
      secretAccessKey: { secret: "TOKEN" },
      sessionToken: null,
      payload: "signed",
      passHeaders: [],
      maxBodyBytes: 1_048_576,
    },
  ],
];

export async function signingBenchmarks(): Promise<MicroResult[]> {
  const { of } = openCredentials(
    PLANS.map(([, plan]) => plan),
    { secrets: (name) => SECRETS[name] ?? null },
    null,
  );
  // The first of all pays for the compiler.
  await run(null, ROUNDS);
  const results: MicroResult[] = [{ name: "copy of the headers, no credential", ns: await medianNs(null, ROUNDS) }];
  for (const [at, [name, plan]] of PLANS.entries()) {
    const rounds = plan.type === "message-signature" && plan.algorithm.startsWith("rsa") ? ROUNDS / 10 : ROUNDS;
    results.push({ name: `credential: ${name}`, ns: await medianNs(of[at]!, rounds) });
  }
  return results;
}

/** Median of several runs, so that one pause of the machine does not show. */
async function medianNs(credential: OriginCredential | null, rounds: number): Promise<number> {
  await run(credential, Math.ceil(rounds / 10));
  const runs: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const before = process.cpuUsage();
    await run(credential, rounds);
    const { user, system } = process.cpuUsage(before);
    runs.push(((user + system) * 1e3) / rounds);
  }
  return runs.sort((a, b) => a - b)[Math.floor(REPEATS / 2)]!;
}

async function run(credential: OriginCredential | null, rounds: number): Promise<void> {
  const nowMs = Date.now();
  for (let i = 0; i < rounds; i += 1) {
    const request: OutgoingRequest = {
      method: "POST",
      url: "https://origin.example.com/api/items?page=2&size=50",
      headers: new Headers(INBOUND),
      body: { kind: "buffered", bytes: BODY },
      nowMs,
      ctx: { waitUntil: () => {} },
    };
    if (credential === null) continue;
    credential.withhold(request.headers);
    const applied = credential.apply(request);
    const fault = applied instanceof Promise ? await applied : applied;
    if (fault !== null) throw new Error(`${fault.credential}: ${fault.why}`);
  }
}
