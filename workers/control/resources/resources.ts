import type { Api } from "../http/operation.ts";
import { addAudit } from "./audit.ts";
import { addReference } from "./reference.ts";
import { addTokens } from "./tokens.ts";
import { addWhoami } from "./whoami.ts";

/** Everything that the API has, in the order of its document. */
export function addResources(api: Api): void {
  addWhoami(api);
  addTokens(api);
  addAudit(api);
  addReference(api);
}
