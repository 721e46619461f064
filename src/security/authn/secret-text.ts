import { secretsOf } from "../secrets/open-secrets.ts";

/** A secret by its name (../secrets). Null when there is none. Never rejects. */
export async function secretText(env: object, name: string): Promise<string | null> {
  return secretsOf(env)(name);
}
