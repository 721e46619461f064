/** What is registered in code, as configs refer to it. */
import * as z from "zod";
import { required, setting, withDefaults } from "./setting.ts";

/** - `what`: the kind of thing, e.g. "filter". */
export function extensionOf(what: string) {
  return z.strictObject({
    name: required(z.string().min(1).max(253), `Name under which the ${what} is registered in code.`),
    ...withDefaults({
      settings: setting(z.record(z.string(), z.unknown()), `What the ${what} is told; its own affair.`, {}, "nothing"),
    }),
  });
}
