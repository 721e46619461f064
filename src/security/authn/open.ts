/** Providers as an isolate runs them. */
import type { Authenticate, Authentication, AuthenticationProvider } from "../../core/mesh.ts";
import { type OpenApiKeys, openApiKeys } from "./api-key.ts";
import { basicChallenge, openBasic } from "./basic.ts";
import { openClientCertificates } from "./client-certificate.ts";
import { openExternal } from "./external.ts";
import { openHmac } from "./hmac.ts";
import { HMAC_SCHEME } from "./hmac-signature.ts";
import type { IssuedKeys } from "./issued-keys.ts";
import { type OpenJwt, openJwt } from "./jwt.ts";
import { jwtGroup } from "./jwt-group.ts";
import type { Caller, Check } from "./outcome.ts";
import { openReserved, type ReservedHeaders } from "./reserved-headers.ts";

/** One provider: says who a caller is, as far as it can tell. Keeps plain values between requests, never promises. */
export interface OpenProvider {
  readonly name: string;
  /** At once when it can. Never rejects. */
  check(caller: Caller): Check | Promise<Check>;
  /** What an operator has to see to; "" all is well. Absent: nothing can be wrong. `env`: the Worker's bindings. */
  problem?(env: object): string;
}

/** What a rule asks, opened. */
export interface OpenAuthenticate {
  readonly providers: readonly OpenProvider[];
  readonly required: boolean;
  /** Headers that only the mesh may say, whoever the caller is. */
  readonly reserved: ReservedHeaders;
  /** Told to anonymous callers where the rule refuses them. */
  readonly challenges: readonly string[];
}

export interface OpenProviders {
  /** As the mesh lists them. */
  readonly inOrder: readonly OpenProvider[];
  /** By what the config says of them. */
  readonly providers: ReadonlyMap<string, OpenProvider>;
}

/** `before`: those that were open; one that the config says the same of goes on. Never throws for what `compileMesh` made. */
export function openProviders(
  authentication: Authentication | undefined,
  before: ReadonlyMap<string, OpenProvider>,
): OpenProviders {
  const opened = (authentication?.providers ?? []).map((provider) => {
    const key = JSON.stringify([provider, authentication!.allow]);
    return [key, before.get(key) ?? openProvider(provider, authentication!, before)] as const;
  });
  return { inOrder: opened.map(([, provider]) => provider), providers: new Map(opened) };
}

function openProvider(
  provider: AuthenticationProvider,
  { allow }: Authentication,
  before: ReadonlyMap<string, OpenProvider>,
): OpenProvider {
  switch (provider.type) {
    case "jwt":
    case "access":
      return openJwt(provider, allow);
    case "api-key":
      return openApiKeys(provider, issuedBefore(provider.name, before));
    case "hmac":
      return openHmac(provider);
    case "mtls":
      return openClientCertificates(provider);
    case "basic":
      return openBasic(provider);
    case "external":
      return openExternal(provider, allow);
  }
}

/** What was known of a provider's issued keys, whatever else the config says of it now. */
function issuedBefore(name: string, before: ReadonlyMap<string, OpenProvider>): IssuedKeys | null {
  for (const open of before.values()) if (open.name === name && isApiKeys(open)) return open.issued;
  return null;
}

/** Never throws for what `compileMesh` made. Providers of tokens are asked together, in the place of the first. */
export function openAuthenticate(
  { providers, required }: Authenticate,
  authentication: Authentication,
  inOrder: readonly OpenProvider[],
): OpenAuthenticate {
  const asked = providers.map((index) => inOrder[index]!);
  const tokens = asked.filter(isJwt);
  const first = asked.findIndex(isJwt);
  const challenges = providers.map((index) => challengeOf(authentication.providers[index]!));
  return {
    providers: asked.flatMap((provider, at) => (at === first ? [jwtGroup(tokens)] : isJwt(provider) ? [] : [provider])),
    required,
    reserved: openReserved(authentication.reservedHeaders),
    challenges: [...new Set(challenges)].filter((challenge) => challenge !== ""),
  };
}

function isJwt(provider: OpenProvider): provider is OpenJwt {
  return "judge" in provider;
}

function isApiKeys(provider: OpenProvider): provider is OpenApiKeys {
  return "issued" in provider;
}

/** Schemes that the registry of HTTP knows, and ours; keys, certificates and sessions have none. */
function challengeOf(provider: AuthenticationProvider): string {
  switch (provider.type) {
    case "jwt":
      return 'Bearer realm="heddle"';
    case "hmac":
      return HMAC_SCHEME;
    case "basic":
      return basicChallenge(provider.realm);
    case "access":
    case "api-key":
    case "mtls":
    case "external":
      return "";
  }
}
