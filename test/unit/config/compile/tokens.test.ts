import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";
import { refuses } from "../schema/faulty.ts";

const mesh = (credential: string, more = "") =>
  [
    "services: { shop: { endpoints: [{ id: a, url: 'https://a.example.com' }], credentials: [one] } }",
    "routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]",
    `credentials: { one: { ${credential} } }`,
    more,
  ].join("\n");

async function planOf(credential: string, more?: string) {
  const decoded = parseConfig(mesh(credential, more));
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return (await compileMesh(decoded.config, { nowMs: 0 })).credentials![0];
}

const GOOGLE = "type: GoogleIDToken, serviceAccountKey: { secret: RUN_KEY }, audience: https://shop.a.run.app";
const URL = "https://login.microsoftonline.com/contoso/oauth2/v2.0/token";
const CLIENT = `type: ClientCredentials, tokenUrl: "${URL}", clientId: heddle`;
const SECRET = "clientSecret: { secret: CLIENT_SECRET }";

describe("tokens", () => {
  it("of Google are asked for where Google gives them", async () => {
    expect(await planOf(GOOGLE)).toEqual({
      name: "one",
      type: "google-id-token",
      serviceAccountKey: { secret: "RUN_KEY" },
      audience: "https://shop.a.run.app",
      tokenUrl: "https://oauth2.googleapis.com/token",
      header: "authorization",
      allow: [],
    });
  });

  it("of others have what the issuer wants, and what URLs may have that is allowed", async () => {
    const credential = `${CLIENT}, ${SECRET}, clientAuth: post, scope: "api://shop/.default", header: X-Token`;
    expect(await planOf(credential, "authentication: { allow: [private, http] }")).toEqual({
      name: "one",
      type: "client-credentials",
      tokenUrl: URL,
      header: "x-token",
      allow: ["http", "private"],
      clientId: "heddle",
      client: { type: "post", secret: { secret: "CLIENT_SECRET" } },
      scope: "api://shop/.default",
      audience: "",
      resource: "",
    });
  });

  it("may be asked for with a signed word, which is for the token URL", async () => {
    expect(await planOf(`${CLIENT}, privateKey: { secret: CLIENT_KEY, algorithm: PS256 }`)).toMatchObject({
      client: {
        type: "private-key-jwt",
        key: { secret: "CLIENT_KEY" },
        algorithm: "PS256",
        keyId: "",
        thumbprint: "",
        audience: URL,
      },
    });
  });

  const at = "credentials.one";
  refuses([
    ["a client without a proof", mesh(CLIENT), `${at}.clientSecret`, 3, "is missing"],
    [
      "a client with two",
      mesh(`${CLIENT}, ${SECRET}, privateKey: { secret: CLIENT_KEY }`),
      `${at}.privateKey`,
      3,
      "does not go with a clientSecret",
    ],
    [
      "a way to say a secret that there is not",
      mesh(`${CLIENT}, privateKey: { secret: CLIENT_KEY }, clientAuth: post`),
      `${at}.clientAuth`,
      3,
      "says how a clientSecret is said",
    ],
    [
      "a token URL with a query",
      mesh(`${GOOGLE}, tokenUrl: "https://a.example.com/token?a=b"`),
      `${at}.tokenUrl`,
      3,
      "must be an absolute https URL",
    ],
    [
      "a header that is the connection's",
      mesh(`${GOOGLE}, header: Connection`),
      `${at}.header`,
      3,
      "is not a header that can be set",
    ],
    [
      "an audience on two lines",
      mesh(`type: GoogleIDToken, serviceAccountKey: { secret: RUN_KEY }, audience: "a\\nb"`),
      `${at}.audience`,
      3,
      "must be printable ASCII",
    ],
  ]);
});
