import { EVENT_HUB_NAME } from "../../../durable-objects/event-hub/replies.ts";
import type { ControlEnvironment } from "../environment.ts";
import { ask } from "../http/ask.ts";

/** The object that knows what happens. */
export function eventHub(env: ControlEnvironment) {
  return env.EVENT_HUB.getByName(EVENT_HUB_NAME);
}

/** Closes the sockets of a credential that was revoked. Never rejects: without an answer they end with the credential's time. */
export async function endSockets(env: ControlEnvironment, key: string): Promise<void> {
  try {
    await ask("the event hub", () => eventHub(env).onRevoked(key));
  } catch (error) {
    console.error(JSON.stringify({ event: "sockets_not_ended", key, error: String(error) }));
  }
}

/** Another mesh is in force: the hub would notice by itself in a while. Never rejects. */
export async function tellHub(env: ControlEnvironment): Promise<void> {
  await ask("the event hub", () => eventHub(env).onMeshChanged()).catch(() => null);
}
