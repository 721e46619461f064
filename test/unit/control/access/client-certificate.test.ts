import { describe, expect, it } from "vitest";
import { certifiedCaller } from "../../../../workers/control/access/client-certificate.ts";
import type { ApiContext } from "../../../../workers/control/context.ts";

const FINGERPRINT = "ab".repeat(32);
const VERIFIED = { certVerified: "SUCCESS", certRevoked: "0", certFingerprintSHA256: FINGERPRINT };

function contextOf(auth: object | undefined, listed?: string, path = "/metrics"): ApiContext {
  const raw = { cf: auth === undefined ? undefined : { tlsClientAuth: auth } };
  return { env: { HEDDLE_METRICS_CLIENT_CERTS: listed }, req: { path, raw } } as unknown as ApiContext;
}

describe("a client certificate", () => {
  it.each([
    ["is listed", FINGERPRINT],
    [
      "is listed among others, as openssl writes it",
      `00, ${FINGERPRINT.toUpperCase().replaceAll(/(..)(?=.)/g, "$1:")}`,
    ],
  ])("that %s may read", (_, listed) => {
    expect(certifiedCaller(contextOf(VERIFIED, listed))).toMatchObject({ scopes: ["read"], services: null });
  });

  it.each([
    ["is not listed", VERIFIED, "cd".repeat(32)],
    ["was not verified", { ...VERIFIED, certVerified: "FAILED:self signed certificate" }, FINGERPRINT],
    ["was revoked", { ...VERIFIED, certRevoked: "1" }, FINGERPRINT],
    ["may have been revoked", { ...VERIFIED, certRevoked: undefined }, FINGERPRINT],
    ["is none", undefined, FINGERPRINT],
    ["has no fingerprint, where nothing is listed but a comma", { certVerified: "SUCCESS", certRevoked: "0" }, ","],
    ["comes where none are listed", VERIFIED, undefined],
  ])("that %s opens nothing", (_, auth, listed) => {
    expect(certifiedCaller(contextOf(auth, listed))).toBeNull();
  });

  it("opens nothing but /metrics", () => {
    expect(certifiedCaller(contextOf(VERIFIED, FINGERPRINT, "/v1/config"))).toBeNull();
  });
});
