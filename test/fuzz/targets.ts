/** Everything that reads what strangers wrote. */
import type { FuzzTarget } from "./target.ts";
import { configTargets } from "./targets/config.ts";
import { credentialTargets } from "./targets/credentials.ts";
import { discoveryTargets } from "./targets/discovery.ts";
import { headerTargets } from "./targets/headers.ts";
import { importTargets } from "./targets/imports.ts";
import { protocolTargets } from "./targets/protocol.ts";

export const fuzzTargets: readonly FuzzTarget[] = [
  ...configTargets,
  ...protocolTargets,
  ...headerTargets,
  ...credentialTargets,
  ...importTargets,
  ...discoveryTargets,
];
