/** Where credentials are looked for. */
import * as z from "zod";
import { headerName } from "../names.ts";
import { required, setting, withDefaults } from "../setting.ts";

const queryName = () => z.string().min(1).max(256);

/** `prefix`: of the header by default. */
export function placesSchema(prefix: string, why: string) {
  const place = z.union([
    z.strictObject({
      header: required(headerName(), "Name of a header."),
      ...withDefaults({
        prefix: setting(
          z.string().max(64),
          "What its value has to begin with, in any case; another value is somebody else's.",
          prefix,
          why,
        ),
      }),
    }),
    z.strictObject({ cookie: required(headerName(), "Name of a cookie.") }),
    z.strictObject({
      query: required(queryName(), "Name of a query parameter. URLs end up in logs: prefer a header."),
    }),
  ]);
  return z.array(place).min(1).max(8);
}

export type PlaceConfig = z.output<ReturnType<typeof placesSchema>>[number];

/** An absolute http or https URL; which of them the edge may ask is checked where it is asked, and on applying. */
export const askedUrl = () =>
  z
    .string()
    .max(2_048)
    .regex(/^https?:\/\/[^\s/?#@\\]+(\/[^\s?#\\]*)?$/i, {
      error: "must be an absolute https URL without credentials, query and fragment",
    });
