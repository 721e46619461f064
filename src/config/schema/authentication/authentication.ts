/** Who may be believed to be whom: providers of identity by name, and which of them a route or a rule asks. */
import * as z from "zod";
import { recordOf } from "../finding.ts";
import { NAME_MESSAGE, NAME_PATTERN, name } from "../names.ts";
import { required, setting, withDefaults } from "../setting.ts";
import { accessSchema, jwtSchema } from "./jwt.ts";
import { clientCertificateSchema, externalSchema } from "./others.ts";
import { apiKeySchema, basicSchema, hmacSchema } from "./shared-secrets.ts";

const providerSchema = z.discriminatedUnion("type", [
  jwtSchema,
  accessSchema,
  apiKeySchema,
  hmacSchema,
  clientCertificateSchema,
  basicSchema,
  externalSchema,
]);

const ALLOWED = ["http", "private", "loopback"] as const;

/** Of the mesh. */
export const meshAuthenticationSchema = z.strictObject(
  withDefaults({
    providers: setting(
      recordOf(NAME_PATTERN, NAME_MESSAGE, providerSchema),
      "Providers of identity by name.",
      {},
      "nobody is asked who they are",
    ),
    allow: setting(
      z.array(z.enum(ALLOWED)).max(ALLOWED.length),
      "What URLs of keys, authorizers and issuers of tokens may have that is not safe by itself: plain http, private addresses, this machine.",
      [],
      "https to public addresses only",
    ),
  }),
);

/** Of a route or a rule. */
export const authenticateSchema = z.strictObject({
  providers: required(
    z.array(name()).max(16),
    "Names of providers. The first that a request has a credential for names the principal; every credential it has must be good. Empty: nobody is asked.",
  ),
  ...withDefaults({
    required: setting(
      z.boolean(),
      "Whether requests without any credential are refused; else they are anonymous, and a bad credential is refused all the same.",
      false,
      "as in Istio, where authorization policies require",
    ),
  }),
});

export type MeshAuthenticationConfig = z.output<typeof meshAuthenticationSchema>;
export type ProviderConfig = z.output<typeof providerSchema>;
export type AuthenticateConfig = z.output<typeof authenticateSchema>;
