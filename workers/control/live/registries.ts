/** Registries look at a new config by themselves within seconds; told, they do at once. */
import type { ControlEnvironment } from "../environment.ts";
import { ask } from "../http/ask.ts";
import { mapInParallel } from "./in-parallel.ts";
import { meshInForce } from "./mesh-config.ts";

const AT_ONCE = 6;
const ANSWER_MS = 5_000;

/** Tells those of the services that are discovered. Never rejects. */
export async function refreshRegistries(env: ControlEnvironment): Promise<void> {
  try {
    const { services } = await meshInForce(env);
    const discovered = services.filter(({ discovery }) => discovery !== undefined);
    await mapInParallel(discovered, AT_ONCE, async ({ name }) => {
      await ask("the registry", () => env.REGISTRY.getByName(name).refresh(), ANSWER_MS).catch(() => null);
    });
  } catch (error) {
    console.warn(JSON.stringify({ event: "registries_not_told", error: String(error) }));
  }
}
