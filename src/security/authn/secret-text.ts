import { secretsOf } from "../secrets/open-secrets.ts";

/** A secret by its name (../secrets). Null when there is none. Never rejects. */
export async function secretText(env: object, name: string): Promise<string | null> {
  return secretsOf(env)(name);
}

/**
 * What is wrong with a secret, as far as that can be told without asking a store: it is not there, or too short. "" nothing.
 * Never throws.
 */
export function secretFault(env: object, name: string, minLength: number): string {
  const bound = Object.hasOwn(env, name) ? (env as Readonly<Record<string, unknown>>)[name] : undefined;
  if (bound === undefined || bound === "") return `the secret ${name} is absent`;
  return typeof bound === "string" && bound.length < minLength
    ? `the secret ${name} has less than ${minLength} characters`
    : "";
}
