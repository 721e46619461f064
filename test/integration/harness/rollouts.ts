import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import type { RolloutDescription } from "../../../src/core/rollout/description.ts";
import type { RolloutAction } from "../../../src/core/rollout/rollout.ts";
import { type Answer, ask } from "./ask.ts";

/** What a rollout says of itself. Throws when the edge does not show it. */
export async function rolloutOf(edge: Edge, name: string): Promise<RolloutDescription> {
  return read(await ask(edge, `/.heddle/rollouts/${name}`));
}

/** Says something to a rollout. Throws when that is refused. */
export async function tellRollout(edge: Edge, name: string, action: RolloutAction): Promise<RolloutDescription> {
  return read(await postRollout(edge, name, { action, by: "a test" }));
}

/** The same, whatever comes of it. */
export function postRollout(edge: Edge, name: string, command: object, headers: Record<string, string> = {}) {
  const typed = { "content-type": "application/json", ...headers };
  return ask(edge, `/.heddle/rollouts/${name}`, { method: "POST", headers: typed, body: JSON.stringify(command) });
}

function read({ status, text }: Answer): RolloutDescription {
  if (status !== 200) throw new Error(`answered ${status}: ${text}`);
  return JSON.parse(text) as RolloutDescription;
}
