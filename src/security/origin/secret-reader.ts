/** The secrets of one credential, read together, and what is wrong with them. */
import type { CredentialFault, SecretsOf } from "./credential.ts";

export interface SecretReader {
  /** The values in the order of the names, or why they are not to be had. At once when all are at hand. Never rejects. */
  read(): readonly string[] | CredentialFault | Promise<readonly string[] | CredentialFault>;
  /** A fault of the credential's own: remembered for `problem` until `done`. */
  fault(why: string): CredentialFault;
  /** A request was given the credential: nothing is wrong any more. */
  done(): null;
  /** What is wrong, as far as that is known without waiting; "" nothing. */
  problem(): string;
}

/**
 * - `credential`: its name, for faults.
 * - `names`: of the secrets; may be empty, which reads nothing.
 *
 * Never throws.
 */
export function createSecretReader(credential: string, names: readonly string[], secrets: SecretsOf): SecretReader {
  let known = "";

  function fault(why: string): CredentialFault {
    known = why;
    return { credential, why, of: "ours" };
  }

  function settle(values: readonly (string | null)[]): readonly string[] | CredentialFault {
    const absent = values.findIndex((value) => value === null || value === "");
    return absent < 0 ? (values as readonly string[]) : fault(absentText(names[absent]!));
  }

  return {
    read() {
      const values = names.map((name) => secrets(name));
      return values.some((value) => value instanceof Promise)
        ? Promise.all(values).then(settle)
        : settle(values as (string | null)[]);
    },
    fault,
    done() {
      known = "";
      return null;
    },
    problem() {
      if (known !== "") return known;
      const absent = names.find((name) => secrets(name) === null);
      return absent === undefined ? "" : absentText(absent);
    },
  };
}

function absentText(name: string): string {
  return `the secret ${name} is absent`;
}
