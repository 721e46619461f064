/** A credential that is a token in a header, whoever issues it. */
import type { TokenPlan } from "../../../core/mesh-origins.ts";
import { checkEndpointUrl } from "../../endpoint-url.ts";
import type { Applied, CredentialContext, OriginCredential, OutgoingRequest } from "../credential.ts";
import { createSecretReader } from "../secret-reader.ts";
import { createTokenSource, type Issued } from "./token-source.ts";

/**
 * - `names`: of the secrets that `issue` needs, in this order.
 * - `issue`: asks the issuer. Never rejects.
 *
 * A URL that must not be asked never is. With a token in hand a request waits for nothing.
 */
export function openToken(
  { name, header, tokenUrl, allow }: TokenPlan & { readonly name: string },
  names: readonly string[],
  { secrets }: CredentialContext,
  issue: (secrets: readonly string[], nowMs: number) => Promise<Issued>,
): OriginCredential {
  const reader = createSecretReader(name, names, secrets);
  const url = checkEndpointUrl(tokenUrl, { allow });
  const refusal = url.ok ? "" : `the token URL ${url.fault.message}`;

  const source = createTokenSource({
    issue: async (nowMs) => {
      const values = await reader.read();
      if ("why" in values) return { ok: false, why: values.why };
      reader.done();
      return issue(values, nowMs);
    },
  });

  function put(request: OutgoingRequest, token: string | null): Applied {
    if (token === null) return { credential: name, why: source.problem(), of: "ours" };
    request.headers.set(header, `Bearer ${token}`);
    return null;
  }

  return {
    name,
    bodyBytes: 0,
    withhold(headers) {
      headers.delete(header);
    },
    apply(request) {
      if (refusal !== "") return { credential: name, why: refusal, of: "ours" };
      const token = source.take(request.nowMs, request.ctx);
      return token instanceof Promise ? token.then((text) => put(request, text)) : put(request, token);
    },
    onUnauthorized: source.doubt,
    problem: () => refusal || source.problem() || reader.problem(),
  };
}
