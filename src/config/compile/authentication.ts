import type {
  Authentication,
  AuthenticationProvider,
  ClaimToHeader,
  CredentialPlace,
  IssuedKeysSource,
  JwksSource,
} from "../../core/mesh.ts";
import { durationMs } from "../duration.ts";
import type { MeshAuthenticationConfig, ProviderConfig } from "../schema/authentication/authentication.ts";
import type { PlaceConfig } from "../schema/authentication/places.ts";

/** The providers of a config in its order; undefined when it has none. */
export function compileAuthentication({ providers, allow }: MeshAuthenticationConfig): Authentication | undefined {
  const compiled = Object.entries(providers).map(([name, provider]) => compileProvider(name, provider));
  if (compiled.length === 0) return undefined;
  const reservedHeaders = [...new Set(compiled.flatMap(saidHeaders))].sort();
  return { allow: [...new Set(allow)].sort(), providers: compiled, reservedHeaders };
}

function saidHeaders(provider: AuthenticationProvider): readonly string[] {
  switch (provider.type) {
    case "jwt":
    case "access":
      return provider.claimsToHeaders.map(({ header }) => header);
    case "external":
      return provider.upstreamHeaders;
    case "api-key":
    case "hmac":
    case "mtls":
    case "basic":
      return [];
  }
}

type Config<Type extends ProviderConfig["type"]> = Extract<ProviderConfig, { type: Type }>;

function compileProvider(name: string, config: ProviderConfig): AuthenticationProvider {
  switch (config.type) {
    case "JWT":
      return {
        type: "jwt",
        name,
        issuer: config.issuer,
        audiences: config.audiences,
        algorithms: [...new Set(config.algorithms)],
        jwks: compileJwks(config.jwks),
        tokenType: mediaType(config.typ ?? ""),
        requireExpiry: config.requireExpiry,
        from: config.from.map(compilePlace),
        ...tokenSettings(config),
      };
    case "CloudflareAccess": {
      const issuer = `https://${config.team}.cloudflareaccess.com`;
      return {
        type: "access",
        name,
        issuer,
        audiences: config.audiences,
        algorithms: ["RS256"],
        jwks: { type: "remote", url: `${issuer}/cdn-cgi/access/certs`, ...caching(config) },
        tokenType: "",
        requireExpiry: true,
        from: [
          { type: "header", name: "cf-access-jwt-assertion", prefix: "" },
          { type: "cookie", name: "CF_Authorization" },
        ],
        ...tokenSettings(config),
      };
    }
    case "APIKey":
      return {
        type: "api-key",
        name,
        from: config.from.map(compilePlace),
        keys: Object.entries(config.keys).map(([keyName, { sha256, scopes, expires }]) => ({
          name: keyName,
          sha256: sha256.toLowerCase(),
          scopes,
          expiresAtMs: expires === undefined ? 0 : Date.parse(expires),
        })),
        ...(config.issued !== undefined && { issued: compileIssued(config.issued) }),
        forward: config.forward,
      };
    case "HMAC":
      return {
        type: "hmac",
        name,
        keys: Object.entries(config.keys).map(([id, key]) => ({ id, ...key })),
        windowMs: durationMs(config.window),
        maxNonces: config.maxNonces,
        ...(config.nonces !== undefined && {
          nonces: { timeoutMs: durationMs(config.nonces.timeout), onFailure: config.nonces.onFailure },
        }),
        body: config.body,
        maxBodyBytes: config.maxBodyBytes,
      };
    case "ClientCertificate":
      return {
        type: "mtls",
        name,
        issuers: config.issuers,
        subjects: config.subjects,
        subjectAltNames: config.subjectAltNames,
        fingerprints: config.fingerprints.map((text) => text.replaceAll(":", "").toLowerCase()),
      };
    case "Basic":
      return {
        type: "basic",
        name,
        realm: config.realm,
        users: Object.entries(config.users).map(([user, text]) => {
          const [, iterations, salt = "", hash = ""] = text.split("$");
          return { name: user, iterations: Number(iterations), salt, hash };
        }),
        forward: config.forward,
      };
    case "External":
      return compileExternal(name, config);
  }
}

function compileExternal(name: string, config: Config<"External">): AuthenticationProvider {
  const { origin, pathname } = new URL(config.url);
  const lower = (names: readonly string[]) => [...new Set(names.map((one) => one.toLowerCase()))];
  return {
    type: "external",
    name,
    url: origin,
    pathPrefix: pathname.replace(/\/+$/, ""),
    timeoutMs: durationMs(config.timeout),
    onFailure: config.onFailure,
    requestHeaders: lower(config.requestHeaders),
    upstreamHeaders: lower(config.upstreamHeaders),
    downstreamHeaders: lower(config.downstreamHeaders),
    principalHeader: (config.principalHeader ?? "").toLowerCase(),
  };
}

function tokenSettings(config: Config<"JWT"> | Config<"CloudflareAccess">) {
  return {
    clockSkewMs: durationMs(config.clockSkew),
    requiredClaims: config.requiredClaims,
    maxTokenBytes: config.maxTokenBytes,
    claimsToHeaders: Object.entries(config.claimsToHeaders).map(
      ([header, claim]): ClaimToHeader => ({ header: header.toLowerCase(), claim: claim.split(".") }),
    ),
    forward: config.forward,
  };
}

/** Bytes of a JWKS that is read. A hundred RSA keys with certificates are less. */
const MAX_JWKS_BYTES = 262_144;

function caching(config: Pick<Config<"CloudflareAccess">, "refresh" | "keep" | "minRefetch" | "timeout">) {
  return {
    refreshMs: durationMs(config.refresh),
    keepMs: Math.max(durationMs(config.keep), durationMs(config.refresh)),
    minRefetchMs: durationMs(config.minRefetch),
    timeoutMs: durationMs(config.timeout),
    maxBytes: MAX_JWKS_BYTES,
  };
}

function compileJwks(config: Config<"JWT">["jwks"]): JwksSource {
  if ("uri" in config) return { type: "remote", url: config.uri, ...caching(config) };
  if ("secret" in config) return { type: "secret", secret: config.secret };
  return { type: "inline", keys: config.keys };
}

function compileIssued({ refresh, keep, timeout }: NonNullable<Config<"APIKey">["issued"]>): IssuedKeysSource {
  const refreshMs = durationMs(refresh);
  return { refreshMs, keepMs: Math.max(durationMs(keep), 2 * refreshMs), timeoutMs: durationMs(timeout) };
}

function compilePlace(place: PlaceConfig): CredentialPlace {
  if ("header" in place) return { type: "header", name: place.header.toLowerCase(), prefix: place.prefix };
  return "cookie" in place ? { type: "cookie", name: place.cookie } : { type: "query", name: place.query };
}

/** RFC 7515 §4.1.9: a name without a slash stands for application/<name>. */
function mediaType(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, "");
}
