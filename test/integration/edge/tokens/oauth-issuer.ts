/** A real OAuth server on loopback with clients of each kind. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, exportPKCS8, generateKeyPair } from "jose";
import Provider from "oidc-provider";

export interface OAuthIssuer {
  readonly issuer: string;
  readonly tokenUrl: string;
  readonly jwksUrl: string;
  /** Of the client private-key, PKCS#8 in PEM. */
  readonly privateKey: string;
  close(): Promise<void>;
}

export const RESOURCE = "https://billing.example.com";
/** With what has to be encoded before it is put into a header or a form. */
export const SECRET = "of: the test's own + client & 100%";

export async function startOAuthIssuer(): Promise<OAuthIssuer> {
  const [signing, client] = await Promise.all([
    generateKeyPair("ES256", { extractable: true }),
    generateKeyPair("ES256", { extractable: true }),
  ]);
  const server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const usual = {
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: "ES256",
  };
  const handle = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(signing.privateKey)), use: "sig", alg: "ES256", kid: "issuer-1" }] },
    scopes: ["read", "write"],
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
    clients: [
      { ...usual, client_id: "with:basic", client_secret: SECRET, token_endpoint_auth_method: "client_secret_basic" },
      { ...usual, client_id: "with-post", client_secret: SECRET, token_endpoint_auth_method: "client_secret_post" },
      {
        ...usual,
        client_id: "with-key",
        token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "ES256",
        jwks: { keys: [{ ...(await exportJWK(client.publicKey)), kid: "client-1", alg: "ES256", use: "sig" }] },
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: "read write",
          audience: RESOURCE,
          accessTokenTTL: 600,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
  }).callback();
  return {
    issuer,
    tokenUrl: `${issuer}/token`,
    jwksUrl: `${issuer}/jwks`,
    privateKey: await exportPKCS8(client.privateKey),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
