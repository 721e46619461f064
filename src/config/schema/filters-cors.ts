/** Cross-origin resource sharing, as in the Gateway API. */
import * as z from "zod";
import { type Finding, withFindings } from "./finding.ts";
import { HTTP_METHODS, headerName } from "./names.ts";
import { setting, withDefaults } from "./setting.ts";

/** Any scheme, since apps and extensions have their own; `*` only at the left of the host, for any number of labels. */
const ORIGIN_PATTERN =
  /^(\*|[A-Za-z][A-Za-z0-9+.-]*:\/\/(\*|(\*\.)?([A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?)$/;

const origin = z.string().max(253).regex(ORIGIN_PATTERN, {
  error: 'must be "*" or a scheme and a host, such as "https://example.com" or "https://*.example.com:8443"',
});

const headers = () => alone(z.array(z.union([z.literal("*"), headerName()])).max(64));

export const cors = z.strictObject(
  withDefaults({
    allowOrigins: setting(
      alone(z.array(origin).max(64)),
      'Origins whose pages may read the answers. "*" is all of them; "https://*.example.com" any number of labels.',
      [],
      "no origin",
    ),
    allowMethods: setting(
      alone(z.array(z.enum([...HTTP_METHODS, "*"])).max(16)),
      'Methods beyond GET, HEAD and POST, which are always allowed; "*" is all of them.',
      [],
      "as in the Gateway API",
    ),
    allowHeaders: setting(
      headers(),
      'Request headers that are allowed; "*" is all of them.',
      [],
      "as in the Gateway API",
    ),
    exposeHeaders: setting(
      z.array(z.union([z.literal("*"), headerName()])).max(64),
      'Response headers that pages may read; "*" is all of them, and is left out where credentials are allowed.',
      [],
      "as in the Gateway API",
    ),
    allowCredentials: setting(z.boolean(), "Whether requests may carry cookies.", false, "as in the Gateway API"),
    maxAge: setting(
      z.int().min(0).max(2_147_483_647),
      "Seconds for which a preflight's answer may be kept.",
      5,
      "as in the Gateway API",
    ),
  }),
);

function alone<S extends z.ZodType>(schema: S): S {
  return withFindings(schema, function* (list): Iterable<Finding> {
    if (!Array.isArray(list) || list.length < 2) return;
    const at = list.indexOf("*");
    if (at >= 0) yield { path: [at], message: '"*" is all of them and stands alone' };
  });
}
