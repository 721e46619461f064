import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeConfig, parseConfig } from "../../../../src/config/decode.ts";
import { BARE } from "../smallest.ts";
import { drawer } from "./draw.ts";

const draw = drawer(7);
const b64 = (text: string) => Buffer.from(text).toString("base64url");
const jwt = `${b64('{"alg":"HS256","typ":"JWT"}')}.${b64('{"sub":"shop","iat":1700000000}')}.${draw(43, "base64url")}`;
const pem = (kind: string) =>
  `-----BEGIN ${kind}PRIVATE KEY-----\n${draw(64, "base64")}\n-----END ${kind}PRIVATE KEY-----`;

/** A config with one header towards an endpoint. */
function withHeader(name: string, value: unknown) {
  const endpoint = { id: "a", url: "https://shop.example.com", headers: { [name]: value } };
  return { ...BARE, services: { ...BARE.services, shop: { endpoints: [endpoint] } } };
}

function faultsOf(config: unknown) {
  const decoded = decodeConfig(config);
  return decoded.ok ? [] : decoded.faults;
}

const KNOWN: readonly (readonly [what: string, text: string])[] = [
  ["an access key of AWS", `AKIA${draw(16, "upper")}`],
  ["a temporary access key of AWS", `ASIA${draw(16, "upper")}`],
  ["a personal token of GitHub", `${"gh"}p_${draw(36)}`],
  ["a server token of GitHub", `${"gh"}s_${draw(36)}`],
  ["a fine-grained token of GitHub", `${"github"}_pat_${draw(22)}_${draw(59)}`],
  ["a token of GitLab", `${"glp"}at-${draw(20, "base64url")}`],
  ["a bot token of Slack", `${"xo"}xb-${"2".repeat(12)}-${"3".repeat(12)}-${draw(24)}`],
  ["an app token of Slack", `${"xa"}pp-1-${draw(11, "upper")}-${"4".repeat(13)}-${draw(64, "hex")}`],
  ["a webhook of Slack", `https://hooks.slack.com/services/T${draw(8, "upper")}/B${draw(8, "upper")}/${draw(24)}`],
  ["a webhook of Discord", `https://discord.com/api/webhooks/${"1".repeat(18)}/${draw(68, "base64url")}`],
  ["a live key of Stripe", `${"sk"}_live_${draw(24)}`],
  ["a restricted key of Stripe", `${"rk"}_test_${draw(24)}`],
  ["a signing secret of Stripe", `${"wh"}sec_${draw(32)}`],
  ["an API key of Google", `${"AI"}za${draw(35, "base64url")}`],
  ["a client secret of Google", `${"GOC"}SPX-${draw(28, "base64url")}`],
  ["an access token of Google", `${"ya"}29.${draw(60, "base64url")}`],
  ["a key of Twilio", `S${"K"}${draw(32, "hex")}`],
  ["a key of SendGrid", `S${"G"}.${draw(22, "base64url")}.${draw(43, "base64url")}`],
  ["a key of Mailgun", `${"ke"}y-${draw(32, "hex")}`],
  ["a token of npm", `${"np"}m_${draw(36)}`],
  ["a project key of OpenAI", `${"sk"}-proj-${draw(48)}T3BlbkFJ${draw(20)}`],
  ["an old key of OpenAI", `${"sk"}-${draw(48)}`],
  ["a key of Anthropic", `${"sk"}-ant-api03-${draw(93, "base64url")}AA`],
  ["a token of Hugging Face", `${"h"}f_${draw(34)}`],
  ["a token of DigitalOcean", `${"do"}p_v1_${draw(64, "hex")}`],
  ["a token of Databricks", `${"da"}pi${draw(32, "hex")}`],
  ["a token of Shopify", `${"shp"}at_${draw(32, "hex")}`],
  ["a token of Vault", `${"hv"}s.${draw(90)}`],
  ["a token of Grafana", `${"gls"}a_${draw(32)}_${draw(8, "hex")}`],
  ["a bot token of Telegram", `${"5".repeat(9)}:AA${draw(33, "base64url")}`],
  ["an Origin CA key of Cloudflare", `v1.0-${draw(24, "hex")}-${draw(146, "hex")}`],
  ["an account key of Azure", `DefaultEndpointsProtocol=https;AccountName=x;AccountKey=${draw(86, "base64")}==`],
  ["a client secret of Azure", `${draw(3)}8Q~${draw(34)}`],
  ["a token of ours", `${"hd"}l_${draw(16, "hex")}_${draw(43, "base64url")}`],
  ["a JSON Web Token", jwt],
  ["a private key", pem("")],
  ["a private key of RSA", pem("RSA ")],
  ["a private key of OpenSSH", pem("OPENSSH ")],
  ["a URL with a password", `postgres://shop:${draw(12)}@db.example.com/shop`],
  ["a URL with a signature", `https://shop.blob.core.windows.net/c?sv=2024-01-01&sig=${draw(43)}%3D`],
  ["a URL with a token", `https://hooks.example.com/in?token=${draw(20)}`],
  ["a URL with a key", `https://maps.example.com/js?key=${draw(32)}`],
];

describe("secrets of known kinds", () => {
  it.each(KNOWN)("are refused wherever they stand: %s", (_, text) => {
    // A label is for anything, and takes no reference: nothing about its place says secret.
    const labelled = { id: "a", url: "https://shop.example.com", labels: { note: text.slice(0, 256) } };
    const config = { ...BARE, services: { ...BARE.services, shop: { endpoints: [labelled] } } };
    const [fault, ...others] = faultsOf(config);
    expect(fault?.path).toBe("services.shop.endpoints[0].labels.note");
    expect(fault?.message).toMatch(/^looks like .*A config must not hold secrets/);
    expect(others).toEqual([]);
  });

  it.each(KNOWN)("are told with four characters at most: %s", (_, text) => {
    for (const config of [withHeader("x-note", text), { ...BARE, edge: { coldWait: text } }, { ...BARE, [text]: 1 }]) {
      const told = JSON.stringify(faultsOf(config)).replaceAll(`"${text}"`, "");
      for (let at = 0; at + 12 <= text.length; at += 1) {
        const part = text.slice(at, at + 12);
        // The scheme and host of a URL, and words of a format, are no secret; what was drawn is.
        if (/^[A-Za-z0-9_-]{12}$/.test(part) && /\d/.test(part) && !/^(?:2024|xapp|github|discord)/.test(part)) {
          expect(told.includes(part) && Object.hasOwn(config, "edge")).toBe(false);
        }
      }
    }
  });

  it("are found in comments, with their line", () => {
    const text = `services:\n  shop:\n    # was gh${"p_"}${draw(36)}\n    endpoints: [{ id: a, url: "https://a.example.com" }]\nroutes: []\n`;
    const result = parseConfig(text);
    expect(result.ok).toBe(false);
    expect(!result.ok && result.faults).toEqual([
      {
        path: "",
        line: 3,
        column: 5,
        message: expect.stringContaining("a comment holds what looks like a token of GitHub"),
      },
    ]);
  });

  it("are not taken for comments in text that has a #", () => {
    const value = `#${draw(6)} gh${"p_"}${draw(36)}`;
    const result = parseConfig(JSON.stringify(withHeader("x-note", value)), { format: "yaml" });
    expect(!result.ok && result.faults.map(({ path }) => path)).toEqual(["services.shop.endpoints[0].headers.x-note"]);
  });

  it("are not repeated by what the parser says", () => {
    const secret = `gh${"p_"}${draw(36)}`;
    for (const text of [`a: *${secret}`, `{${secret}`, `services: !${secret} {}`, `%${secret}\n---\na: 1`]) {
      const result = parseConfig(text);
      expect(result.ok).toBe(false);
      expect(JSON.stringify(result)).not.toContain(secret);
    }
  });
});

describe("values in fields whose names say secret", () => {
  it.each([
    ["authorization", `Bearer ${draw(32)}`, `{ secret: SHOP_AUTHORIZATION, prefix: "Bearer " }`],
    ["authorization", "Basic c2hvcDpodW50ZXIy", `{ secret: SHOP_AUTHORIZATION, prefix: "Basic " }`],
    ["x-api-key", draw(24), "{ secret: SHOP_X_API_KEY }"],
    ["x-api-key", draw(32, "hex"), "{ secret: SHOP_X_API_KEY }"],
    ["x-honeycomb-team", draw(24), "{ secret: SHOP_X_HONEYCOMB_TEAM }"],
    ["x-auth-token", "1f0f2e5c-8f6b-4a53-9d6e-0c3f5b1a7d44", "{ secret: SHOP_X_AUTH_TOKEN }"],
    ["x-shop-secret", "hunter22", "{ secret: SHOP_X_SHOP_SECRET }"],
    ["cookie", `session=${draw(32)}`, "{ secret: SHOP_COOKIE }"],
    ["x-functions-key", `${draw(54, "base64url")}==`, "{ secret: SHOP_X_FUNCTIONS_KEY }"],
  ])("are refused, with what to write instead: %s", (name, value, suggestion) => {
    const [fault, ...others] = faultsOf(withHeader(name, value));
    expect(others).toEqual([]);
    expect(fault).toMatchObject({ path: `services.shop.endpoints[0].headers.${name}`, suggestion });
    expect(fault?.message).toContain(`wrangler secret put SHOP_`);
    expect(fault?.message).not.toContain(value.slice(0, 8));
  });

  it("are refused beside an access key", () => {
    const settings = { id: `AKIA${draw(16, "upper")}`, note: draw(40, "base64") };
    const filter = { type: "ExtensionRef", extensionRef: { name: "sign", settings } };
    const config = { ...BARE, routes: [{ rules: [{ filters: [filter], backendRefs: [{ service: "shop" }] }] }] };
    expect(faultsOf(config).map(({ path }) => path.split(".").at(-1))).toEqual(["id", "note"]);
  });

  it("are refused where a name is expected and the secret itself was written", () => {
    const provider = { type: "HMAC", keys: { acme: { secret: draw(32) } } };
    const config = { ...BARE, authentication: { providers: { partners: provider } } };
    expect(faultsOf(config)[0]?.message).toContain("takes the name of a secret");
  });

  it("are refused in matches, with the way to ask for a key", () => {
    const match = { headers: [{ name: "x-api-key", value: draw(32) }] };
    const config = { ...BARE, routes: [{ rules: [{ matches: [match], backendRefs: [{ service: "shop" }] }] }] };
    expect(faultsOf(config)).toMatchObject([
      { path: "routes[0].rules[0].matches[0].headers[0].value", message: expect.stringContaining("type APIKey") },
    ]);
  });

  it("are refused as private parts of a key", () => {
    const settings = { jwk: { kty: "EC", crv: "P-256", x: "x", y: "y", d: draw(43, "base64url") } };
    const filter = { type: "ExtensionRef", extensionRef: { name: "sign", settings } };
    const config = { ...BARE, routes: [{ rules: [{ filters: [filter], backendRefs: [{ service: "shop" }] }] }] };
    expect(faultsOf(config)).toMatchObject([
      {
        path: "routes[0].rules[0].filters[0].extensionRef.settings.jwk.d",
        message: expect.stringContaining("private part"),
      },
    ]);
  });

  it("are refused in random texts of every alphabet, and words are not", () => {
    // 16 characters of base64 pass as written text, or have little entropy, in less than 1 of 100 cases.
    let missed = 0;
    for (let i = 0; i < 400; i += 1) {
      const alphabet = (["base62", "base64url", "base64", "hex"] as const)[i % 4]!;
      const text = draw(alphabet === "hex" ? 32 : 20, alphabet);
      if (faultsOf(withHeader("x-api-key", text)).length === 0) missed += 1;
    }
    expect(missed).toBeLessThanOrEqual(8);
  });
});

describe("innocent values", () => {
  it.each([
    ["x-trace-key", "none"],
    ["x-api-key", "public"],
    ["x-api-key", "<your key>"],
    ["x-api-key", "changeme-please-0123"],
    ["x-token-mode", "required"],
    ["x-session-affinity", "enabled-with-fallback-v2"],
    ["x-signature-algorithm", "ecdsa-p256-sha256"],
    ["x-key-id", "2027-01-shop-signing-key"],
    ["x-idempotency-key-policy", "one-for-each-request"],
    ["accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"],
    ["x-request-id", "1f0f2e5c-8f6b-4a53-9d6e-0c3f5b1a7d44"],
    ["x-build", draw(40, "hex")],
    ["x-digest", `sha-256=:${draw(43, "base64")}=:`],
    ["x-etag", `W/"${draw(32, "hex")}"`],
    ["x-example", "AKIAIOSFODNN7EXAMPLE"],
    ["x-note", "Bearer authentication is required here"],
    ["x-note", "Basic authentication"],
    ["www-authenticate", 'Bearer realm="shop", error="invalid_token"'],
    ["x-callback", "https://shop.example.com/in?key=colour&token=none&page=2"],
    ["x-callback", "https://user@shop.example.com/"],
    ["x-time", "2026-11-21T17:20:00Z"],
  ])("pass: %s: %s", (name, value) => {
    expect(faultsOf(withHeader(name, value))).toEqual([]);
  });

  it("pass as digests, public keys, regular expressions and paths", () => {
    const ec = {
      kty: "EC",
      crv: "P-256",
      kid: draw(43, "base64url"),
      x: draw(43, "base64url"),
      y: draw(43, "base64url"),
    };
    const text = `
services: { shop: { endpoints: [{ id: a, url: "https://shop.example.com/1f0f2e5c-8f6b-4a53-9d6e-0c3f5b1a7d44" }] } }
authentication:
  providers:
    keys: { type: APIKey, keys: { acme: { sha256: "${draw(64, "hex")}" } } }
    idp: { type: JWT, issuer: "https://idp.example.com", audiences: [shop], algorithms: [ES256], jwks: { keys: [${JSON.stringify({ ...ec, alg: "ES256" })}] } }
routes:
  - rules:
      - matches: [{ path: { type: RegularExpression, value: "/keys/[A-Za-z0-9+/=_-]{16,64}(?:/token|/secret)?" } }]
        backendRefs: [{ service: shop }]
      - matches: [{ path: { value: "/o/${draw(40, "hex")}" }, queryParams: [{ name: token, type: RegularExpression, value: "[a-f0-9]{32}" }] }]
        backendRefs: [{ service: shop }]
`;
    const result = parseConfig(text);
    expect(result.ok ? [] : result.faults).toEqual([]);
  });

  it("pass in every config of this repository", () => {
    const root = resolve(import.meta.dirname, "../../../..");
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
      // Vectors of JOSE and AWS are tokens, keys and signatures, which is what is looked for.
      (file) =>
        /\.(?:ya?ml|json)$/.test(file) && !/(?:^|\/)(?:node_modules|dist|out|jose|aws|\.git|\.wrangler)\//.test(file),
    );
    const looks = files.flatMap((file) => {
      const result = parseConfig(readFileSync(join(root, file), "utf8"), { file });
      const faults = result.ok ? [] : result.faults;
      return faults.filter(({ message }) => message.includes("looks like")).map(({ path }) => `${file} ${path}`);
    });
    expect(files.length).toBeGreaterThan(5);
    expect(looks).toEqual([]);
  });
});

describe("lint.allow", () => {
  const path = "services.shop.endpoints[0].headers.x-trace-key";
  const config = withHeader("x-trace-key", draw(24));

  it("lets a value pass by its path, and no other", () => {
    expect(faultsOf(config)).toHaveLength(1);
    expect(faultsOf({ ...config, lint: { allow: [path] } })).toEqual([]);
    const other = { ...withHeader("x-other-key", draw(24)), lint: { allow: [path] } };
    expect(faultsOf(other).map((fault) => fault.path)).toEqual([
      "services.shop.endpoints[0].headers.x-other-key",
      "lint.allow[0]",
    ]);
  });

  it("has to name a value that is there", () => {
    expect(faultsOf({ ...BARE, lint: { allow: [path] } })).toMatchObject([
      { path: "lint.allow[0]", message: "names no text of this config" },
    ]);
  });
});
