/** What every source says of the endpoints it finds. */
import * as z from "zod";
import { endpointSchema } from "./endpoint.ts";
import { name } from "./names.ts";
import { derived } from "./setting.ts";

const { weight, priority, labels, locality, url } = endpointSchema.shape;

/** Fields that found endpoints get from the config. */
export const foundFields = { weight, priority, labels };
export const foundLocality = locality;

/** Absolute http or https URL without credentials, query and fragment. */
export const plainUrl = url;

export const sourceName = derived(
  name(),
  "Name of the source, unique among the service's. Seen in its state and in events.",
  "its kind and its place in the list, such as dns-0",
);

/** Text of a URL in which variables stand in braces. */
export function urlTemplate(variables: readonly string[]) {
  const parts = variables.map((variable) => `\\{${variable}\\}`).join("|");
  return z
    .string()
    .max(2_048)
    .regex(new RegExp(`^https?://(?:[A-Za-z0-9._~:/\\[\\]-]|${parts})+$`), {
      error: `must be an http or https URL; variables are ${variables.map((variable) => `{${variable}}`).join(", ")}`,
    });
}
