/** Providers as an isolate runs them. */
import type { Authenticate, Authentication, AuthenticationProvider } from "../../core/mesh.ts";
import { openApiKeys } from "./api-key.ts";
import type { Caller, Check } from "./outcome.ts";

/** One provider: says who a caller is, as far as it can tell. Keeps plain values between requests, never promises. */
export interface OpenProvider {
  readonly name: string;
  /** At once when it can. Never rejects. */
  check(caller: Caller): Check | Promise<Check>;
}

/** What a rule asks, opened. */
export interface OpenAuthenticate {
  readonly providers: readonly OpenProvider[];
  readonly required: boolean;
  /** Headers that only the mesh may say, whoever the caller is. */
  readonly reserved: readonly string[];
  /** Told to anonymous callers where the rule refuses them. */
  readonly challenges: readonly string[];
}

export interface OpenProviders {
  readonly inOrder: readonly OpenProvider[];
  readonly providers: ReadonlyMap<string, OpenProvider>;
}

/** `before`: those that were open; one that the config says the same of goes on. Never throws for what `compileMesh` made. */
export function openProviders(
  authentication: Authentication | undefined,
  before: ReadonlyMap<string, OpenProvider>,
): OpenProviders {
  const opened = (authentication?.providers ?? []).map((provider) => {
    const key = JSON.stringify([provider, authentication!.allow]);
    return [key, before.get(key) ?? openProvider(provider)] as const;
  });
  return { inOrder: opened.map(([, provider]) => provider), providers: new Map(opened) };
}

function openProvider(provider: AuthenticationProvider): OpenProvider {
  switch (provider.type) {
    case "api-key":
      return openApiKeys(provider);
  }
}

/** Never throws for what `compileMesh` made. */
export function openAuthenticate(
  { providers, required }: Authenticate,
  authentication: Authentication,
  inOrder: readonly OpenProvider[],
): OpenAuthenticate {
  return {
    providers: providers.map((index) => inOrder[index]!),
    required,
    reserved: authentication.reservedHeaders,
    challenges: [...new Set(providers.map((index) => challengeOf(authentication.providers[index]!)))].filter(Boolean),
  };
}

function challengeOf(provider: AuthenticationProvider): string {
  switch (provider.type) {
    case "api-key":
      return "";
  }
}
