/** How a config refers to a secret: by name, `{ secret: NAME }`. */
import * as z from "zod";
import { SECRET_NAME, SECRET_NAME_FAULT } from "../../core/secret-name.ts";
import { required } from "./setting.ts";

export const secretName = () => z.string().regex(SECRET_NAME, { error: SECRET_NAME_FAULT });

export const secretRefSchema = z.strictObject({
  secret: required(secretName(), "Name of a secret of the Worker, or of a binding to the Secrets Store."),
});
