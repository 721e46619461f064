import { type OpenAuthorization, openAuthorization } from "../../core/authz/authorize.ts";
import type { AuthorizationPolicy, Authorize, Mesh } from "../../core/mesh.ts";
import { type OpenAuthenticate, type OpenProvider, openAuthenticate } from "../../security/authn/open.ts";

/** Policies that hold for a rule, arranged for deciding. */
export interface OpenAuthorize {
  readonly policies: OpenAuthorization;
  /** Those that CUSTOM policies ask, by index into Mesh.authentication.providers. */
  readonly authorizers: ReadonlyMap<number, OpenAuthenticate>;
}

/** Linear in the policies. Never throws for what `compileMesh` made. */
export function openAuthorize(
  { policies: indices }: Authorize,
  { authorization, authentication }: Mesh,
  inOrder: readonly OpenProvider[],
): OpenAuthorize {
  const policies = indices.map((index) => authorization!.policies[index]!);
  const providers = [...new Set(policies.flatMap(providerOf))];
  // What providers have said by now is not to be taken for a caller's words: nothing is reserved here.
  const open = (provider: number) =>
    openAuthenticate({ providers: [provider], required: false }, { ...authentication!, reservedHeaders: [] }, inOrder);
  return {
    policies: openAuthorization(policies, authorization!.ambiguousPaths),
    authorizers: new Map(providers.map((provider) => [provider, open(provider)])),
  };
}

function providerOf({ provider }: AuthorizationPolicy): readonly number[] {
  return provider === undefined ? [] : [provider];
}
