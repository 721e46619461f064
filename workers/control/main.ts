/** The control plane Worker: wiring only. Traffic never depends on it. */
import { api } from "./api.ts";
import type { ControlEnvironment } from "./environment.ts";
import { wakeObjects } from "./live/watchdog.ts";

export * from "./objects.ts";

export default {
  fetch: api.fetch,
  async scheduled(_event, env) {
    await wakeObjects(env);
  },
} satisfies ExportedHandler<ControlEnvironment>;
