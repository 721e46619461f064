import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { JwtProvider } from "../../../../src/core/mesh.ts";
import { jwsText } from "../../../../src/security/authn/jws-text.ts";
import { keysOf } from "../../../../src/security/authn/signing-keys.ts";
import { headerFault, signatureFault, verifyToken } from "../../../../src/security/authn/verify-token.ts";
import { jwtProvider } from "./providers.ts";

const ALGORITHMS = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA HS256 HS384 HS512".split(" ");

function load<T>(name: string): T {
  const file = new URL(`../../../conformance/data/jose/${name}`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as T;
}

/** Whether the signature is believed, whatever is signed. */
async function accepts(token: string, jwks: unknown, algorithms: readonly string[] = ALGORITHMS): Promise<boolean> {
  const text = jwsText(token);
  const keys = keysOf(jwks);
  if (text === null || keys === null) return false;
  if (headerFault(text, { algorithms, tokenType: "" }) !== null) return false;
  return (await signatureFault(token, text, keys)) === null;
}

async function isGood(token: string, jwks: unknown, rules: Partial<JwtProvider>, nowMs: number): Promise<boolean> {
  const text = jwsText(token);
  const keys = keysOf(jwks);
  const provider = { ...jwtProvider(), algorithms: ALGORITHMS, ...rules };
  if (text === null || keys === null || headerFault(text, provider) !== null) return false;
  return (await verifyToken(token, text, { keys, rules: provider, nowMs })).ok;
}

type Jwk = Record<string, unknown>;
interface Wycheproof {
  readonly testGroups: readonly {
    readonly type: string;
    readonly comment: string;
    readonly public?: Jwk;
    readonly private: Jwk;
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly jws: string;
      readonly result: string;
    }[];
  }[];
}

describe("Wycheproof", () => {
  const { testGroups } = load<Wycheproof>("wycheproof-jws.json");
  /** Why a vector that Wycheproof takes is refused here. */
  const STRICTER: Readonly<Record<string, string>> = {
    "JsonWebSignature 346": "the key is for PS256, the token says PS384",
    "JsonWebSignature 350": "the key is for PS256, the token says PS384",
    "JsonWebSignature 347": "the key says ES521, which no registry has",
    "JsonWebSignature 351": "the key says ES521, which no registry has",
    "JsonWebSignature 372": "a character that is none of base64url is skipped there; RFC 7515 §5.2 refuses it",
    "JsonWebSignature 373": "a character that is none of base64url is skipped there; RFC 7515 §5.2 refuses it",
  };

  /** Vectors that are to be refused, whose text is that of vector 357, which is to be taken: their padding was lost. */
  const SAME_AS_A_GOOD_ONE = ["JsonWebSignature 367", "JsonWebSignature 370"];

  it("has 427 vectors", () => {
    expect(testGroups.flatMap(({ tests }) => tests)).toHaveLength(427);
  });

  it.each(testGroups.map((group, index) => [`${index} ${group.type} ${group.comment}`, group] as const))(
    "is answered as it asks: %s",
    async (_, group) => {
      const key = group.public ?? group.private;
      const jwks = Array.isArray(key.keys) ? key : { keys: [key] };
      for (const { tcId, comment, jws, result } of group.tests) {
        const id = `${group.type} ${tcId}`;
        const expected = (result === "valid" && STRICTER[id] === undefined) || SAME_AS_A_GOOD_ONE.includes(id);
        expect([id, comment, await accepts(jws, jwks)]).toEqual([id, comment, expected]);
      }
    },
  );
});

interface Cookbook {
  readonly examples: readonly { readonly source: string; readonly content: CookbookExample & Jwk }[];
}

interface CookbookExample {
  readonly input?: { readonly key: Jwk; readonly alg: string };
  readonly output?: { readonly compact?: string };
}

/** The examples hand out whole keys. */
function publicPart(key: Jwk): Jwk {
  return Object.fromEntries(
    Object.entries(key).filter(([member]) => !["d", "p", "q", "dp", "dq", "qi"].includes(member)),
  );
}

describe("the JOSE cookbook", () => {
  const { examples } = load<Cookbook>("jose-cookbook.json");
  const NOT_TOKENS: Readonly<Record<string, string>> = {
    "jws/4_5.signature_with_detached_content.json": "its payload is elsewhere",
    "rfc7797/hmac-sha2_b64_false.json": "its payload is not encoded, which RFC 7797 §7 keeps from tokens",
  };
  const compact = examples.flatMap(({ source, content }) =>
    content.output?.compact === undefined
      ? []
      : [{ source, token: content.output.compact, key: publicPart(content.input!.key) }],
  );

  it("does not believe keys whose private part is published", () => {
    for (const { content } of examples)
      if (content.input?.key?.d !== undefined) expect(keysOf({ keys: [content.input.key] })).toBeNull();
  });

  it("has seven examples in one text, and others that are keys or JSON, which no header carries", () => {
    expect(compact).toHaveLength(7);
  });

  it.each(compact)(
    "$source is believed, and is not once a character of its payload differs",
    async ({ source, token, key }) => {
      const applies = NOT_TOKENS[source] === undefined;
      expect(await accepts(token, { keys: [key] })).toBe(applies);
      const [header, payload = "", signature] = token.split(".");
      const other = `${payload.startsWith("A") ? "B" : "A"}${payload.slice(1)}`;
      expect(await accepts(`${header}.${other}.${signature}`, { keys: [key] })).toBe(false);
    },
  );

  it.each(examples.filter(({ source }) => source.startsWith("jwk/")))(
    "$source is a key if it is public and for signing",
    ({ content }) => {
      expect(keysOf({ keys: [content] }) !== null).toBe(content.use === "sig" && content.d === undefined);
    },
  );
});

interface EnvoyTokens {
  readonly constants: readonly { readonly name: string; readonly value: string }[];
  readonly verifyTests: readonly { readonly source: string; readonly strings: Readonly<Record<string, string>> }[];
}

describe("Envoy's tokens", () => {
  const { constants, verifyTests } = load<EnvoyTokens>("envoy-jwt.json");
  const named = (name: string) => constants.find((constant) => constant.name === name)!.value;
  // A comma too many at its end, which Envoy's parser takes.
  const jwks = JSON.parse(named("PublicKey").replace(/,\s*\]/g, "]")) as unknown;
  const rules = {
    issuer: "https://example.com",
    audiences: ["example_service", "http://example_service1", "https://example_service2/"],
  };
  const NOW_MS = Date.UTC(2026, 0, 1);

  it.each([
    ["GoodToken", true],
    ["GoodTokenWithSpaces", true],
    ["NestedGoodToken", true],
    ["ExpiredToken", false],
    ["NotYetValidToken", false],
    ["InvalidAudToken", false],
    ["NonExistKidToken", false],
    ["OtherGoodToken", false],
  ])("%s is good: %s", async (name, expected) => {
    expect(await isGood(named(name), jwks, rules, NOW_MS)).toBe(expected);
  });

  it("refuses the one without an end, which neither of the keys has signed", async () => {
    expect(await isGood(named("NonExpiringToken"), jwks, { issuer: rules.issuer, requireExpiry: false }, NOW_MS)).toBe(
      false,
    );
  });

  it("takes one of another issuer for that issuer, and one without an issuer for none", async () => {
    const other = { issuer: "https://other.com", audiences: ["other_service"] };
    expect(await isGood(named("OtherGoodToken"), jwks, other, NOW_MS)).toBe(true);
    const es256 = JSON.parse(named("ES256PublicKey")) as unknown;
    expect(await accepts(named("ES256WithoutIssToken"), es256)).toBe(true);
    expect(
      await isGood(named("ES256WithoutIssToken"), es256, { ...rules, audiences: [], requireExpiry: false }, NOW_MS),
    ).toBe(false);
  });

  const BAD = /WrongSignature|NonExist|IncorrectKid/;
  const cases = verifyTests.flatMap(({ source, strings }) => {
    const sets = Object.values(strings).filter((text) => text.trim().startsWith("{") && text.includes('"keys"'));
    const tokens = Object.entries(strings).filter(([, text]) => /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text));
    return sets.length === 0 ? [] : tokens.map(([name, token]) => ({ source, name, token, sets }));
  });

  it.each(cases)("$source $name is believed unless its name says that it is bad", async ({ name, token, sets }) => {
    const verdicts = await Promise.all(sets.map((set) => accepts(token, JSON.parse(set.replace(/,\s*\]/g, "]")))));
    expect(verdicts.includes(true)).toBe(!BAD.test(name));
  });
});

interface IstioTokens {
  readonly tokens: readonly { readonly name: string; readonly value: string }[];
  readonly jwks: unknown;
}

describe("Istio's tokens", () => {
  const { tokens, jwks } = load<IstioTokens>("istio-jwt.json");
  const NOW_MS = Date.UTC(2026, 0, 1);

  it.each(tokens)("$name is good unless it is the expired or the invalid one", async ({ name, value }) => {
    const issuer = /Issuer(\d)/.exec(name)?.[1] ?? "1";
    const isBad = name === "TokenExpired" || name === "TokenInvalid";
    const own = { issuer: `test-issuer-${issuer}@istio.io` };
    // The third issuer's is signed with a key of its own, which is not in the set.
    expect(await isGood(value, jwks, own, NOW_MS)).toBe(!isBad);
    expect(await isGood(value, jwks, { issuer: "test-issuer-9@istio.io" }, NOW_MS)).toBe(false);
  });

  it("knows whom a token is for", async () => {
    const value = tokens.find(({ name }) => name === "TokenIssuer1WithAudList")!.value;
    const issuer = "test-issuer-1@istio.io";
    expect(await isGood(value, jwks, { issuer, audiences: ["buzz"] }, NOW_MS)).toBe(true);
    expect(await isGood(value, jwks, { issuer, audiences: ["bar"] }, NOW_MS)).toBe(false);
  });
});
