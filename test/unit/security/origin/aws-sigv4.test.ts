import { describe, expect, it } from "vitest";
import type { AwsSigV4Plan, OriginCredentialPlan } from "../../../../src/core/mesh-origins.ts";
import { AWS_SECRETS, isSignedForAws, sha256 } from "../../../fixtures/aws-verifier.ts";
import { buffered, opened, sent } from "./outgoing.ts";

const SECRETS = { ...AWS_SECRETS, TOKEN: "session" };
const plan = (change: Partial<AwsSigV4Plan> = {}): OriginCredentialPlan => ({
  name: "aws",
  type: "aws-sigv4",
  region: "eu-central-1",
  service: "lambda",
  accessKeyId: { secret: "ID" },
  secretAccessKey: { secret: "KEY" },
  sessionToken: null,
  payload: "signed",
  passHeaders: [],
  maxBodyBytes: 1_024,
  ...change,
});

describe("requests signed for AWS", () => {
  it.each([
    ["lambda", "https://abc.lambda-url.eu-central-1.on.aws/a%20b/c?x=1&a=%2F&a=0&flag"],
    ["execute-api", "https://abc.execute-api.eu-central-1.amazonaws.com/prod/items/%C3%A4?q=a+b"],
    ["s3", "https://bucket.s3.eu-central-1.amazonaws.com/a%20b/%C3%A4%21?list-type=2&prefix=a%2Fb"],
  ])("are what %s wants", async (service, url) => {
    const one = await sent(opened(plan({ service }), SECRETS), {
      method: "PUT",
      url,
      headers: { "content-type": "text/plain", via: "1.1 heddle", "x-forwarded-for": "192.0.2.1", "cf-ray": "1" },
      body: buffered("hello"),
    });
    expect(one.applied).toBe(null);
    expect(one.headers.get("x-amz-content-sha256")).toBe(sha256("hello"));
    expect(one.headers.get("authorization")).toContain(
      "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date,",
    );
    expect(isSignedForAws(one, service)).toBe(true);
  });

  it("send a plus sign of the query as %20, which everybody reads alike", async () => {
    const one = await sent(opened(plan(), SECRETS), { url: "https://a.example.com/a+b?q=a+b" });
    expect(one.url).toBe("https://a.example.com/a+b?q=a%20b");
    expect(isSignedForAws(one, "lambda")).toBe(true);
  });

  it("have the digest of nothing without a body, and none where the payload is not signed", async () => {
    const empty = await sent(opened(plan(), SECRETS));
    expect(empty.headers.get("x-amz-content-sha256")).toBe(sha256(""));
    const credential = opened(plan({ service: "s3", payload: "unsigned" }), SECRETS);
    expect(credential.bodyBytes).toBe(0);
    const one = await sent(credential, { method: "PUT", body: { kind: "stream" } });
    expect(one.headers.get("x-amz-content-sha256")).toBe("UNSIGNED-PAYLOAD");
    expect(isSignedForAws(one, "s3")).toBe(true);
  });

  it("carry a session's token, signed", async () => {
    const one = await sent(opened(plan({ sessionToken: { secret: "TOKEN" } }), SECRETS));
    expect(one.headers.get("x-amz-security-token")).toBe("session");
    expect(one.headers.get("authorization")).toContain("x-amz-date;x-amz-security-token,");
    expect(isSignedForAws(one, "lambda")).toBe(true);
  });

  it("carry of a downstream's x-amz-… only what the config lets through, and sign that", async () => {
    const headers = {
      authorization: "AWS4-HMAC-SHA256 Credential=other",
      "x-amz-copy-source": "/secret/object",
      "x-amz-acl": "public-read",
      "x-amz-security-token": "other",
      "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
      "x-amz-meta-color": "red",
      "x-amz-tagging": "a=b",
    };
    const passHeaders = ["x-amz-meta-*", "x-amz-tagging", "x-amz-content-sha256"];
    const one = await sent(opened(plan({ service: "s3", passHeaders }), SECRETS), { headers });
    expect([...one.headers.keys()].sort()).toEqual([
      "authorization",
      "x-amz-content-sha256",
      "x-amz-date",
      "x-amz-meta-color",
      "x-amz-tagging",
    ]);
    expect(one.headers.get("x-amz-content-sha256")).toBe(sha256(""));
    expect(isSignedForAws(one, "s3")).toBe(true);
    const bare = await sent(opened(plan(), SECRETS), { headers });
    expect([...bare.headers.keys()].sort()).toEqual(["authorization", "x-amz-content-sha256", "x-amz-date"]);
  });

  it("are not sent without a key, nor with a body that cannot be signed", async () => {
    const { KEY: _, ...others } = SECRETS;
    expect((await sent(opened(plan(), others))).applied).toEqual({
      credential: "aws",
      why: "the secret KEY is absent",
      of: "ours",
    });
    const { applied } = await sent(opened(plan(), SECRETS), { method: "PUT", body: { kind: "stream" } });
    expect(applied).toEqual({ credential: "aws", why: "a signed body may have 1024 bytes", of: "body" });
  });
});
