import { createRemoteJWKSet } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import type { MeshConfigInput } from "../../../../src/config/schema/mesh.ts";
import { ask } from "../../harness/ask.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";
import { stateOf } from "../../harness/state.ts";
import { type GuardedOrigin, guardedOrigin } from "./guarded-origin.ts";
import { type OAuthIssuer, RESOURCE, SECRET, startOAuthIssuer } from "./oauth-issuer.ts";

const own = createResources();
const WRONG = "a-secret-that-is-not-the-clients";

describe("client credentials", () => {
  let issuer: OAuthIssuer;
  let origin: GuardedOrigin;
  let edge: Edge;
  const logs: string[] = [];

  beforeAll(async () => {
    issuer = await startOAuthIssuer();
    const key = createRemoteJWKSet(new URL(issuer.jwksUrl));
    origin = await guardedOrigin(own, "billing", { key, issuer: issuer.issuer, audience: RESOURCE });
    const usual = {
      type: "ClientCredentials",
      tokenUrl: issuer.tokenUrl,
      resource: RESOURCE,
      scope: "read",
    } as const;
    const credentials: NonNullable<MeshConfigInput["credentials"]> = {
      basic: { ...usual, clientId: "with:basic", clientSecret: { secret: "CLIENT_SECRET" } },
      post: { ...usual, clientId: "with-post", clientSecret: { secret: "CLIENT_SECRET" }, clientAuth: "post" },
      key: {
        ...usual,
        clientId: "with-key",
        privateKey: { secret: "CLIENT_KEY", algorithm: "ES256", keyId: "client-1", audience: issuer.issuer },
        scope: "read write",
      },
      wrong: { ...usual, clientId: "with:basic", clientSecret: { secret: "WRONG_SECRET" } },
      "no-key": { ...usual, clientId: "with-key", privateKey: { secret: "CLIENT_SECRET", algorithm: "ES256" } },
    };
    const names = Object.keys(credentials);
    const health = { type: "http", kind: "liveness", path: "/health", interval: "1s" } as const;
    edge = await own.edge(
      rulesByPath(
        Object.fromEntries(
          names.map((name) => [
            name,
            serviceOf([origin], {
              credentials: [name],
              retry: { attempts: 0 },
              ...(name === "post" && { healthChecks: [health] }),
            }),
          ]),
        ),
        Object.fromEntries(names.map((name) => [`/${name}`, { backendRefs: [{ service: name }] }])),
        { authentication: { allow: ["http", "loopback"] }, credentials },
      ),
      {
        bindings: { CLIENT_SECRET: SECRET, CLIENT_KEY: issuer.privateKey, WRONG_SECRET: WRONG },
        onLog: (line) => logs.push(String(line)),
      },
    );
  });

  afterAll(async () => {
    await own.close();
    await issuer.close();
  });

  it.each([
    ["basic", "with:basic", "read"],
    ["post", "with-post", "read"],
    ["key", "with-key", "read write"],
  ])("get a token by %s, which the origin verifies, and keep it", async (name, client, scope) => {
    const first = await ask(edge, `/${name}`, { headers: { authorization: "Bearer of-the-caller" } });
    expect(first.status).toBe(200);
    expect(origin.admitted.at(-1)).toMatchObject({ client_id: client, scope, aud: RESOURCE });
    // The token's id: it is the same one. (Questions are not counted here: the monitor that probes asks for itself.)
    for (let i = 0; i < 5; i += 1) expect((await ask(edge, `/${name}`)).text).toBe(first.text);
  });

  it("are on health probes, too", async () => {
    await expect
      .poll(
        async () => {
          const { services } = await stateOf(edge);
          return services.find(({ service }) => service === "post")?.endpoints[0]?.health;
        },
        { timeout: 30_000 },
      )
      .toBe("healthy");
  });

  it.each([
    ["wrong", /^credential wrong: the issuer answers 40[01] \(invalid_client\)$/],
    ["no-key", /^credential no-key: the secret CLIENT_SECRET is neither PEM nor a JWK$/],
  ])("that are not right (%s) send nothing, and say so without a word of the secret", async (name, problem) => {
    const seen = origin.stats().requests;
    const answer = await ask(edge, `/${name}`);
    expect([answer.status, answer.headers["x-heddle-flags"]]).toEqual([503, expect.stringContaining("UF")]);
    const { problems } = await stateOf(edge);
    expect(problems).toContainEqual(expect.stringMatching(problem));
    // Health probes of another service may have come meanwhile; nothing of this one was let in or turned away.
    expect(origin.authorizations.slice(seen)).not.toContain("");
    const told = JSON.stringify([problems, logs, answer.text, answer.headers]);
    for (const secret of [WRONG, SECRET, btoa(`with%3Abasic:${WRONG}`)]) expect(told).not.toContain(secret);
  });
});
