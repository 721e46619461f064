/** Credentials of a config in its order, and the indices by which services and endpoints refer to them. */
import type { OriginCredentialPlan, Service } from "../../core/mesh.ts";
import { durationMs } from "../duration.ts";
import type { CredentialConfig } from "../schema/credentials/credentials.ts";
import type { ServiceConfig } from "../schema/mesh.ts";

/** Every default resolved. */
export function compileCredentials(
  configs: Readonly<Record<string, CredentialConfig>>,
): readonly OriginCredentialPlan[] {
  return Object.entries(configs).map(([name, config]) => compileCredential(name, config));
}

function compileCredential(name: string, config: CredentialConfig): OriginCredentialPlan {
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
  }
}

function withDigest(components: readonly string[]): readonly string[] {
  return components.includes("content-digest") ? components : [...components, "content-digest"];
}

/**
 * The service with what its config says of credentials.
 *
 * - `names`: of the mesh's credentials, in their order. Every name is known: the decoder has seen to that.
 */
export function withCredentials(service: Service, config: ServiceConfig, names: readonly string[]): Service {
  const indices = (used: readonly string[]) => used.map((name) => names.indexOf(name));
  const own = new Map(config.endpoints.map((endpoint) => [endpoint.id, endpoint.credentials]));
  return {
    ...service,
    ...(config.credentials.length > 0 && { credentials: indices(config.credentials) }),
    endpoints: service.endpoints.map((endpoint) => {
      const used = own.get(endpoint.id);
      return used === undefined ? endpoint : { ...endpoint, credentials: indices(used) };
    }),
  };
}
