/** Headers whose values are secrets: a token that the origin knows, a key of an API. */
import type { OriginCredentialPlan, SecretHeadersPlan } from "../../core/mesh-origins.ts";
import type { Applied, CredentialContext, OriginCredential, OutgoingRequest } from "./credential.ts";
import { createSecretReader } from "./secret-reader.ts";

type Plan = Extract<OriginCredentialPlan, SecretHeadersPlan>;

/** At once when its secrets are at hand: no promise, no allocation beyond the values. */
export function openSecretHeaders({ name, headers }: Plan, { secrets }: CredentialContext): OriginCredential {
  const names = headers.map(([, , { secret }]) => secret);
  const reader = createSecretReader(name, names, secrets);
  const isHeaderText = /^[\t\x20-\x7e\x80-\xff]*$/;

  function put(request: OutgoingRequest, values: readonly string[]): Applied {
    for (let at = 0; at < headers.length; at += 1) {
      if (!isHeaderText.test(values[at]!)) return reader.fault(`the secret ${names[at]} is no header value`);
    }
    for (let at = 0; at < headers.length; at += 1) {
      const [header, prefix] = headers[at]!;
      request.headers.set(header, prefix + values[at]!);
    }
    return reader.done();
  }

  return {
    name,
    bodyBytes: 0,
    withhold(target) {
      for (const [header] of headers) target.delete(header);
    },
    apply(request) {
      const values = reader.read();
      if (values instanceof Promise) return values.then((read) => ("why" in read ? read : put(request, read)));
      return "why" in values ? values : put(request, values);
    },
    problem: reader.problem,
  };
}
