/** Sessions in the shape of the Gateway API's sessionPersistence (GEP-1619). */
import * as z from "zod";
import { duration } from "./duration.ts";
import { withRule } from "./finding.ts";
import { headerName } from "./names.ts";
import { derived, setting, withDefaults } from "./setting.ts";

const cookieConfig = z.strictObject(
  withDefaults({
    lifetimeType: setting(
      z.enum(["Session", "Permanent"]),
      "Session: the browser forgets the cookie when it is closed. Permanent: it keeps it for the absolute timeout.",
      "Session",
      "as in the Gateway API",
    ),
  }),
);

const fields = withDefaults({
  type: setting(
    z.enum(["Cookie", "Header"]),
    "What carries the session: a cookie, or a header that the caller sends again.",
    "Cookie",
    "as in the Gateway API",
  ),
  sessionName: derived(
    headerName(),
    "Name of the cookie or the header.",
    "heddle-session-<digest of the names of route and rule>",
  ),
  absoluteTimeout: derived(duration("1s", "8760h"), "A session ends so long after its beginning.", "it does not"),
  idleTimeout: derived(duration("1s", "8760h"), "A session ends so long after its last request.", "it does not"),
  cookieConfig: derived(cookieConfig, "Of the cookie.", "what its fields default to"),
});

export const sessionPersistenceSchema = z.strictObject(fields);

withRule(
  sessionPersistenceSchema,
  { type: fields.type, cookieConfig: z.object({ lifetimeType: z.string().optional() }) },
  function* ({ type, cookieConfig: { lifetimeType } }) {
    if (type === "Header" && lifetimeType !== undefined) {
      yield { path: ["cookieConfig"], message: "has no meaning: a header carries the session" };
    }
  },
);
withRule(
  sessionPersistenceSchema,
  { absoluteTimeout: z.undefined().optional(), cookieConfig: z.object({ lifetimeType: z.literal("Permanent") }) },
  function* () {
    yield { path: ["cookieConfig", "lifetimeType"], message: "Permanent needs absoluteTimeout: the cookie's lifetime" };
  },
);
