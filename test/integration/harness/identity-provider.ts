/** A real OpenID provider on loopback, whose signing keys can be rotated and which can be taken off the network. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import Provider from "oidc-provider";

export interface IdentityProvider {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** How often its keys were asked for. */
  readonly jwksAsked: () => number;
  /** An access token for `audience`, by the client-credentials grant. */
  token(): Promise<string>;
  /** Signs with a new key from now on; keys of before stay published or not. */
  rotate(keepOld: boolean): Promise<void>;
  /** Answers 503 to everything, or no longer. */
  setDown(isDown: boolean): void;
  close(): Promise<void>;
}

const CLIENT = { id: "cart", secret: "a-secret-of-the-test-client-only" };

export async function startIdentityProvider(audience: string): Promise<IdentityProvider> {
  let handle: (...args: Parameters<ReturnType<Provider["callback"]>>) => void = () => {};
  let asked = 0;
  let isDown = false;
  let keys: JWK[] = [];
  const server = createServer((request, response) => {
    if (request.url === "/jwks") asked += 1;
    if (isDown) response.writeHead(503).end();
    else handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function rotate(keepOld: boolean): Promise<void> {
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    const fresh = { ...(await exportJWK(privateKey)), use: "sig", alg: "ES256", kid: `key-${crypto.randomUUID()}` };
    keys = [fresh, ...(keepOld ? keys : [])];
    handle = new Provider(issuer, configurationOf(keys, audience)).callback();
  }
  await rotate(false);

  return {
    issuer,
    jwksUrl: `${issuer}/jwks`,
    jwksAsked: () => asked,
    rotate,
    setDown: (down) => {
      isDown = down;
    },
    async token() {
      const response = await fetch(`${issuer}/token`, {
        method: "POST",
        headers: { authorization: `Basic ${btoa(`${CLIENT.id}:${CLIENT.secret}`)}` },
        body: new URLSearchParams({ grant_type: "client_credentials", resource: audience, scope: "read" }),
      });
      const answer = await response.text();
      const { access_token: token } = JSON.parse(answer) as { access_token?: string };
      if (token === undefined) throw new Error(`the provider gave no token: ${response.status} ${answer}`);
      return token;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function configurationOf(keys: readonly JWK[], audience: string): object {
  return {
    jwks: { keys },
    scopes: ["read"],
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: "ES256",
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: "read",
          audience,
          accessTokenTTL: 600,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
  };
}
