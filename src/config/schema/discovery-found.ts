/** What every source says of the endpoints it finds. */
import * as z from "zod";
import { endpointSchema } from "./endpoint.ts";
import { required } from "./setting.ts";

const { weight, priority, labels, locality, url } = endpointSchema.shape;

/** Fields that found endpoints get from the config; a source that knows better overrides weight and zone. */
export const foundFields = { weight, priority, labels, locality };

/** Absolute http or https URL without credentials, query and fragment. */
export const plainUrl = url;

/** Where an endpoint is reached from outside, with placeholders in braces. */
export function urlTemplate(placeholders: readonly string[], text: string) {
  return required(urlPattern(placeholders), `${text} Placeholders: ${placeholders.map((p) => `{${p}}`).join(", ")}.`);
}

/** The schema of it alone. */
export function urlPattern(placeholders: readonly string[]) {
  const parts = placeholders.map((name) => `\\{${name}\\}`).join("|");
  return z
    .string()
    .max(2_048)
    .regex(new RegExp(`^https?://(?:[A-Za-z0-9._~:/\\[\\]-]|${parts})+$`), {
      error: `must be an http or https URL, in which ${placeholders.map((p) => `{${p}}`).join(", ")} stand for what was found`,
    });
}
