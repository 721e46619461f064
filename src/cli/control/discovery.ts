/** The admin API's view of discovery: where services find endpoints, and what is wrong with that. */
import { z } from "zod";
import type { Control } from "./client.ts";
import { listOf } from "./pages.ts";

const discoveredShape = z.looseObject({
  service: z.string(),
  sources: z.array(
    z.looseObject({ name: z.string(), state: z.enum(["ok", "failing", "silent"]), error: z.string().optional() }),
  ),
  /** What somebody should look at: a floor that was reached, a source that fails for long. */
  alarms: z.array(z.looseObject({ type: z.string(), detail: z.string() })),
});

/** One line for each thing that is wrong. */
export async function discoveryAlarms(control: Control): Promise<readonly string[]> {
  const { items } = await listOf(control, "/v1/discovery", discoveredShape);
  return items.flatMap(({ service, sources, alarms }) => [
    ...alarms.map(({ type, detail }) => `${service}: ${detail === "" ? type : detail}`),
    ...sources
      .filter(({ state }) => state === "failing")
      .map(({ name, error = "" }) => `${service}: source ${name} fails${error === "" ? "" : `: ${error}`}`),
  ]);
}
