/** Credentials that an issuer gives, every default resolved. */
import type { ClientCredentialsPlan, GoogleIdTokenPlan, TokenPlan } from "../../core/mesh-origins.ts";
import type { CredentialConfig } from "../schema/credentials/credentials.ts";

type ConfigOf<T extends CredentialConfig["type"]> = Extract<CredentialConfig, { readonly type: T }>;

export function compileGoogleIdToken(config: ConfigOf<"GoogleIDToken">, allow: TokenPlan["allow"]): GoogleIdTokenPlan {
  const { serviceAccountKey, audience } = config;
  return { type: "google-id-token", ...common(config, allow), serviceAccountKey, audience };
}

export function compileClientCredentials(
  config: ConfigOf<"ClientCredentials">,
  allow: TokenPlan["allow"],
): ClientCredentialsPlan {
  const { clientId, scope = "", audience = "", resource = "" } = config;
  return {
    type: "client-credentials",
    ...common(config, allow),
    clientId,
    client: clientOf(config),
    scope,
    audience,
    resource,
  };
}

function common(
  { tokenUrl, header }: ConfigOf<"GoogleIDToken" | "ClientCredentials">,
  allow: TokenPlan["allow"],
): TokenPlan {
  return { tokenUrl, header: header.toLowerCase(), allow: [...new Set(allow)].sort() };
}

/** One of the two is there: the decoder has seen to that. */
function clientOf({
  clientSecret,
  clientAuth,
  privateKey,
  tokenUrl,
}: ConfigOf<"ClientCredentials">): ClientCredentialsPlan["client"] {
  if (privateKey === undefined) return { type: clientAuth, secret: clientSecret! };
  const { secret, algorithm, keyId = "", thumbprint = "", audience = tokenUrl } = privateKey;
  return { type: "private-key-jwt", key: { secret }, algorithm, keyId, thumbprint, audience };
}
