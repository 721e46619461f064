/**
 * Where a request is handled, as coarsely as health is shared: one of the eleven location hints a Durable Object can
 * be placed by. Source: Cloudflare's `DurableObjectLocationHint`.
 */
export const REGIONS = [
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "apac-ne",
  "apac-se",
  "oc",
  "afr",
  "me",
] as const;

export type Region = (typeof REGIONS)[number];

/** Whether `value` names a region. Never throws. */
export function isRegion(value: unknown): value is Region {
  return (REGIONS as readonly unknown[]).includes(value);
}
