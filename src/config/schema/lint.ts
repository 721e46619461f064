import * as z from "zod";
import { setting, withDefaults } from "./setting.ts";

export const lintSchema = z.strictObject(
  withDefaults({
    allow: setting(
      z.array(z.string().min(1).max(4_096)).max(1_000),
      "Paths of values that look like secrets and are none, as faults write them: services.shop.endpoints[0].headers.x-trace-key.",
      [],
      "what looks like a secret is refused",
    ),
  }),
);
