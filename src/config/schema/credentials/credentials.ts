/** How the mesh proves to origins who it is: credentials by name, and which of them a service or an endpoint is sent. */
import * as z from "zod";
import { recordOf } from "../finding.ts";
import { NAME_MESSAGE, NAME_PATTERN, name } from "../names.ts";
import { derived, setting } from "../setting.ts";
import { awsSigV4Schema } from "./aws-sigv4.ts";
import { messageSignatureSchema } from "./message-signature.ts";
import { hmacCredentialSchema, secretHeadersSchema } from "./shared-secrets.ts";
import { clientCredentialsSchema, googleIdTokenSchema } from "./tokens.ts";

const credentialSchema = z.discriminatedUnion("type", [
  secretHeadersSchema,
  hmacCredentialSchema,
  messageSignatureSchema,
  awsSigV4Schema,
  googleIdTokenSchema,
  clientCredentialsSchema,
]);

const names = () => z.array(name()).max(8);

/** Of the mesh. */
export const meshCredentials = setting(
  recordOf(NAME_PATTERN, NAME_MESSAGE, credentialSchema),
  "How the mesh proves to origins who it is, by name. src/security/origin/README.md says what origins get and how they verify it.",
  {},
  "it proves nothing",
);

/** Of a service. */
export const serviceCredentials = setting(
  names(),
  "Names of credentials that requests and probes to its endpoints carry, put on in this order: a signature covers what stands before it.",
  [],
  "none",
);

/** Of an endpoint. */
export const endpointCredentials = derived(
  names(),
  "Names of credentials in place of the service's; an empty list is none.",
  "those of the service",
);

export type CredentialConfig = z.output<typeof credentialSchema>;
