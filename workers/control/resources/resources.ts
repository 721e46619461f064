import type { Api } from "../http/operation.ts";
import { addAudit } from "./audit.ts";
import { addConfig } from "./config.ts";
import { addDiscovery } from "./discovery.ts";
import { addEvents } from "./events.ts";
import { addExplain } from "./explain.ts";
import { addHistory } from "./history.ts";
import { addLive } from "./live.ts";
import { addOverrides } from "./overrides.ts";
import { addReach } from "./reach.ts";
import { addReference } from "./reference.ts";
import { addRegistrations } from "./registrations.ts";
import { addRollouts } from "./rollouts.ts";
import { addServices } from "./services.ts";
import { addTokens } from "./tokens.ts";
import { addTopology } from "./topology.ts";
import { addVersions } from "./versions.ts";
import { addWhoami } from "./whoami.ts";
/** Everything that the API has, in the order of its document. */
export function addResources(api: Api): void {
  addConfig(api);
  addReach(api);
  addVersions(api);
  addServices(api);
  addHistory(api);
  addOverrides(api);
  addRegistrations(api);
  addDiscovery(api);
  addRollouts(api);
  addExplain(api);
  addEvents(api);
  addTopology(api);
  addLive(api);
  addWhoami(api);
  addTokens(api);
  addAudit(api);
  addReference(api);
}
