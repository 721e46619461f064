/**
 * Credentials of a config in its order, and the indices by which services, endpoints, checks and filters refer to them. After
 * those that have a name come the headers that were given a secret where they are set, equal ones once.
 */
import type { OriginCredentialPlan, Service, TokenPlan } from "../../core/mesh.ts";
import { durationMs } from "../duration.ts";
import type { CredentialConfig } from "../schema/credentials/credentials.ts";
import type { ServiceConfig } from "../schema/mesh.ts";
import type { SecretValue } from "../schema/secret-ref.ts";
import { splitHeaders } from "./resolve.ts";
import { compileClientCredentials, compileGoogleIdToken } from "./tokens.ts";

export class CredentialTable {
  /** Every default resolved. */
  readonly all: OriginCredentialPlan[];
  readonly #indexOf = new Map<string, number>();

  /** - `allow`: what URLs of issuers may have that is not safe by itself. */
  constructor(configs: Readonly<Record<string, CredentialConfig>>, allow: TokenPlan["allow"]) {
    this.all = Object.entries(configs).map(([name, config]) => compileCredential(name, config, allow));
    for (const [index, { name }] of this.all.entries()) this.#indexOf.set(name, index);
  }

  /** Of a name that is known: the decoder has seen to that. */
  named(name: string): number {
    return this.#indexOf.get(name)!;
  }

  /** Of the headers among these whose values are secrets; none for none. */
  ofHeaders(headers: Iterable<readonly [name: string, value: string | SecretValue]>): readonly number[] {
    const pairs = splitHeaders(headers).secret.map(
      ([header, { prefix, secret }]) => [header, prefix, { secret }] as const,
    );
    if (pairs.length === 0) return [];
    // Names of a config's credentials have no such signs.
    const name = pairs.map(([header, prefix, { secret }]) => `${header}: ${prefix}{${secret}}`).join(", ");
    const known = this.#indexOf.get(name);
    if (known !== undefined) return [known];
    const index = this.all.push({ name, type: "headers", headers: pairs }) - 1;
    this.#indexOf.set(name, index);
    return [index];
  }
}

function compileCredential(name: string, config: CredentialConfig, allow: TokenPlan["allow"]): OriginCredentialPlan {
  switch (config.type) {
    case "Headers":
      return {
        name,
        type: "headers",
        headers: Object.entries(config.headers).map(([header, { prefix, secret }]) => [
          header.toLowerCase(),
          prefix,
          { secret },
        ]),
      };
    case "HMAC": {
      const { keyId, key, body, maxBodyBytes } = config;
      return { name, type: "hmac", keyId, key, signsBody: body === "signed", maxBodyBytes };
    }
    case "MessageSignature": {
      const { keyId, algorithm, key, components, contentDigest, label, tag = "", expires, maxBodyBytes } = config;
      return {
        name,
        type: "message-signature",
        keyId,
        algorithm,
        key,
        components: contentDigest ? withDigest(components) : components,
        label,
        tag,
        ttlMs: durationMs(expires),
        contentDigest,
        maxBodyBytes,
      };
    }
    case "AWSSigV4": {
      const { type: _, sessionToken = null, passHeaders, ...same } = config;
      return { name, type: "aws-sigv4", ...same, sessionToken, passHeaders: [...new Set(passHeaders)].sort() };
    }
    case "GoogleIDToken":
      return { name, ...compileGoogleIdToken(config, allow) };
    case "ClientCredentials":
      return { name, ...compileClientCredentials(config, allow) };
  }
}

function withDigest(components: readonly string[]): readonly string[] {
  return components.includes("content-digest") ? components : [...components, "content-digest"];
}

/** The service with what its config says of credentials. Headers come first: a signature covers what stands before it. */
export function withCredentials(service: Service, config: ServiceConfig, table: CredentialTable): Service {
  const named = (names: readonly string[]) => names.map((name) => table.named(name));
  const configs = new Map(config.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  return {
    ...service,
    ...(config.credentials.length > 0 && { credentials: named(config.credentials) }),
    endpoints: service.endpoints.map((endpoint) => {
      const { credentials, headers } = configs.get(endpoint.id)!;
      const secret = table.ofHeaders(Object.entries(headers));
      if (credentials === undefined && secret.length === 0) return endpoint;
      return { ...endpoint, credentials: [...secret, ...named(credentials ?? config.credentials)] };
    }),
    healthChecks: service.healthChecks.map((check, index) => {
      const checked = config.healthChecks[index]!;
      if (check.type !== "http" || checked.type !== "http") return check;
      const credentials = table.ofHeaders(Object.entries(checked.headers));
      return credentials.length === 0 ? check : { ...check, credentials };
    }),
  };
}
