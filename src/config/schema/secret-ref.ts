/** How a config refers to a secret: by name, `{ secret: NAME }`. */
import * as z from "zod";
import { SECRET_NAME, SECRET_NAME_FAULT } from "../../core/secret-name.ts";
import { required, setting, withDefaults } from "./setting.ts";

export const secretName = () => z.string().regex(SECRET_NAME, { error: SECRET_NAME_FAULT });

export const secretRefSchema = z.strictObject({
  secret: required(secretName(), "Name of a secret of the Worker, or of a binding to the Secrets Store."),
});

/** A value of a header that is a secret. */
export const secretValueSchema = z.strictObject({
  ...secretRefSchema.shape,
  ...withDefaults({
    prefix: setting(
      z
        .string()
        .max(64)
        .regex(/^[\x20-\x7e]*$/, { error: "must be plain text" }),
      'What stands before the secret, as in "Bearer ".',
      "",
      "the secret is the whole value",
    ),
  }),
});

export type SecretValue = z.output<typeof secretValueSchema>;
