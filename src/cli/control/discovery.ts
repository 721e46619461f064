/** The admin API's view of discovery: where services find endpoints, and what is wrong with that. */
import { z } from "zod";
import type { Control } from "./client.ts";
import { listOf } from "./pages.ts";

export const discoveredShape = z.looseObject({
  service: z.string(),
  /** What somebody should look at: a floor that was reached, a source that fails. */
  alarms: z.array(z.string()).optional(),
});
export type Discovered = z.infer<typeof discoveredShape>;

/** One line for each thing that is wrong. */
export async function discoveryAlarms(control: Control): Promise<readonly string[]> {
  const { items } = await listOf(control, "/v1/discovery", discoveredShape);
  return items.flatMap(({ service, alarms = [] }) => alarms.map((alarm) => `${service}: ${alarm}`));
}
