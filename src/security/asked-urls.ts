/** URLs of a config that the edge asks by itself, for keys, verdicts and tokens: those that it would not ask. */
import type { UnlocatedFault } from "../config/decode/locate-faults.ts";
import type { FaultPath } from "../config/fault.ts";
import type { MeshConfig } from "../config/schema/mesh.ts";
import { type Allowance, checkEndpointUrl } from "./endpoint-url.ts";

const WHERE = "`authentication.allow` of the config";
/** A fix that speaks of an allowance at its end. */
const ALLOWANCE = /allow "([a-z]+)"$/;

/** In the order of the config; none is the good case. Never throws. Linear. */
export function askedUrlFaults({ authentication, credentials }: MeshConfig): readonly UnlocatedFault[] {
  const { providers, allow } = authentication;
  const found: UnlocatedFault[] = [];
  const check = (path: FaultPath, url: string) => {
    const granted: Allowance[] = [...allow];
    for (;;) {
      const checked = checkEndpointUrl(url, { allow: granted });
      if (checked.ok) return;
      const { message, fix } = checked.fault;
      const lacking = ALLOWANCE.exec(fix)?.[1];
      found.push({ path, message: `${message}: ${fix}${lacking === undefined ? "" : ` in ${WHERE}`}` });
      if (lacking === undefined) return;
      // What would be said once this is allowed is said now.
      granted.push(lacking as Allowance);
    }
  };
  for (const [name, provider] of Object.entries(providers)) {
    const at = ["authentication", "providers", name];
    if (provider.type === "External") check([...at, "url"], new URL(provider.url).origin);
    if (provider.type === "JWT" && "uri" in provider.jwks) check([...at, "jwks", "uri"], provider.jwks.uri);
  }
  for (const [name, credential] of Object.entries(credentials)) {
    if ("tokenUrl" in credential) check(["credentials", name, "tokenUrl"], credential.tokenUrl);
  }
  return found;
}
