/** The credentials of a mesh as an isolate or an object runs them. */
import type { OriginCredentialPlan } from "../../core/mesh-origins.ts";
import { openAwsSigV4 } from "./aws-sigv4.ts";
import type { Applied, CredentialContext, OriginCredential, OutgoingRequest } from "./credential.ts";
import { openHmacCredential } from "./hmac.ts";
import { openMessageSignature } from "./message-signature.ts";
import { openSecretHeaders } from "./secret-headers.ts";
import { openClientCredentials } from "./tokens/client-credentials.ts";
import { openGoogleIdToken } from "./tokens/google-id-token.ts";

export interface OpenCredentials {
  /** By index into Mesh.credentials. */
  readonly of: readonly OriginCredential[];
  /** By what the config says of them, so that a new mesh that says the same goes on with what was learnt. */
  readonly byPlan: ReadonlyMap<string, OriginCredential>;
}

export const NO_CREDENTIALS: OpenCredentials = { of: [], byPlan: new Map() };

/**
 * Opens them.
 *
 * - `before`: those of the mesh that was in force; null for none. One that the config says the same of goes on.
 *
 * Never throws for what `compileMesh` made. Linear in the plans.
 */
export function openCredentials(
  plans: readonly OriginCredentialPlan[] | undefined,
  context: CredentialContext,
  before: OpenCredentials | null,
): OpenCredentials {
  if (plans === undefined || plans.length === 0) return NO_CREDENTIALS;
  const opened = plans.map((plan) => {
    const key = JSON.stringify(plan);
    return [key, before?.byPlan.get(key) ?? openCredential(plan, context)] as const;
  });
  return { of: opened.map(([, credential]) => credential), byPlan: new Map(opened) };
}

function openCredential(plan: OriginCredentialPlan, context: CredentialContext): OriginCredential {
  switch (plan.type) {
    case "headers":
      return openSecretHeaders(plan, context);
    case "hmac":
      return openHmacCredential(plan, context);
    case "message-signature":
      return openMessageSignature(plan, context);
    case "aws-sigv4":
      return openAwsSigV4(plan, context);
    case "google-id-token":
      return openGoogleIdToken(plan, context);
    case "client-credentials":
      return openClientCredentials(plan, context);
    default:
      return unknownCredential(plan);
  }
}

/** Of a mesh that a later version compiled: requests are not sent without what their origin wants. */
function unknownCredential({ name, type }: Pick<OriginCredentialPlan, "name" | "type">): OriginCredential {
  const why = `this version knows no credential of the type ${type}`;
  return {
    name,
    bodyBytes: 0,
    withhold: () => {},
    apply: () => ({ credential: name, why, of: "ours" }),
    problem: () => why,
  };
}

/**
 * Puts all of them on a request, in their order; the first fault ends it.
 *
 * At once while each is at once. Never throws, never rejects.
 */
export function applyCredentials(
  credentials: readonly OriginCredential[],
  request: OutgoingRequest,
): Applied | Promise<Applied> {
  for (let at = 0; at < credentials.length; at += 1) {
    const applied = credentials[at]!.apply(request);
    if (applied instanceof Promise) return applyRest(applied, credentials, at + 1, request);
    if (applied !== null) return applied;
  }
  return null;
}

async function applyRest(
  first: Promise<Applied>,
  credentials: readonly OriginCredential[],
  from: number,
  request: OutgoingRequest,
): Promise<Applied> {
  let applied = await first;
  for (let at = from; at < credentials.length && applied === null; at += 1) {
    applied = await credentials[at]!.apply(request);
  }
  return applied;
}

/** What an operator has to see to. Usually none. */
export function credentialProblems({ of }: OpenCredentials): readonly string[] {
  return of.flatMap((credential) => {
    const problem = credential.problem();
    return problem === "" ? [] : [`credential ${credential.name}: ${problem}`];
  });
}
