/** Stands where Google's token endpoint does: verifies the word of a service account, and signs ID tokens with keys of its own. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportPKCS8, generateKeyPair, jwtVerify, SignJWT } from "jose";

export interface GoogleIssuer {
  readonly tokenUrl: string;
  /** JSON, as the console of Google gives it; its `token_uri` leads nowhere. */
  readonly keyFile: string;
  /** Verifies what the issuer signed. */
  readonly publicKey: CryptoKey;
  /** Questions so far, whatever came of them. */
  asked(): number;
  /** Words that were not as they have to be, and why. */
  readonly refused: readonly string[];
  settings: {
    lifetimeS: number;
    delayMs: number;
    /** Answers wait for it, too. */
    gate: Promise<void>;
    /** Answers 503, with a body that must not be told to anybody. */
    isDown: boolean;
  };
  close(): Promise<void>;
}

export const ISSUER = "https://accounts.google.com";
const EMAIL = "edge@shop-project.iam.gserviceaccount.com";
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

export async function startGoogleIssuer(): Promise<GoogleIssuer> {
  const account = await generateKeyPair("RS256", { extractable: true });
  const own = await generateKeyPair("RS256");
  const settings: GoogleIssuer["settings"] = { lifetimeS: 3_600, delayMs: 0, gate: Promise.resolve(), isDown: false };
  const refused: string[] = [];
  let asked = 0;

  async function answerTo(form: URLSearchParams, tokenUrl: string): Promise<[status: number, body: object]> {
    asked += 1;
    await new Promise((wake) => setTimeout(wake, settings.delayMs));
    await settings.gate;
    if (settings.isDown) return [503, { error: "backend_error", error_description: `word: ${form.get("assertion")}` }];
    try {
      if (form.get("grant_type") !== GRANT) throw new Error("grant_type");
      const { payload, protectedHeader } = await jwtVerify(form.get("assertion") ?? "", account.publicKey, {
        algorithms: ["RS256"],
        issuer: EMAIL,
        subject: EMAIL,
        audience: tokenUrl,
        maxTokenAge: 60,
        requiredClaims: ["exp", "iat", "target_audience"],
      });
      if (protectedHeader.kid !== "key-1") throw new Error("kid");
      if (payload.exp! - payload.iat! > 3_600) throw new Error("exp is more than an hour away");
      const now = Math.floor(Date.now() / 1_000);
      const token = await new SignJWT({ email: EMAIL, email_verified: true, jti: `token-${asked}` })
        .setProtectedHeader({ alg: "RS256", kid: "google-1", typ: "JWT" })
        .setIssuer(ISSUER)
        .setSubject("1234567890")
        .setAudience(String(payload.target_audience))
        .setIssuedAt(now)
        .setExpirationTime(now + settings.lifetimeS)
        .sign(own.privateKey);
      return [200, { id_token: token }];
    } catch (error) {
      refused.push(String(error));
      return [400, { error: "invalid_grant", error_description: String(error) }];
    }
  }

  const server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += String(part);
    const [status, body] = await answerTo(new URLSearchParams(text), tokenUrl);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;

  return {
    tokenUrl,
    keyFile: JSON.stringify({
      type: "service_account",
      project_id: "shop-project",
      private_key_id: "key-1",
      private_key: await exportPKCS8(account.privateKey),
      client_email: EMAIL,
      token_uri: "http://127.0.0.1:9/of-the-key-file",
    }),
    publicKey: own.publicKey,
    asked: () => asked,
    refused,
    settings,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
