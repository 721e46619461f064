import type { IncomingMessage, ServerResponse } from "node:http";
import { type CryptoKey, type createRemoteJWKSet, type JWTPayload, jwtVerify } from "jose";
import type { Origin } from "../../../../src/cli/origin/start-origin.ts";
import type { Resources } from "../../harness/resources.ts";

export interface GuardedOrigin extends Origin {
  /** What the tokens of the requests said that it let in. */
  readonly admitted: JWTPayload[];
  /** Authorization of the requests, as it came. */
  readonly authorizations: string[];
  /** Ids of tokens that it refuses though they are good. */
  readonly revoked: Set<string>;
  /** Refuses everybody from now on. */
  refuseAll(): void;
}

export interface Guard {
  readonly key: CryptoKey | ReturnType<typeof createRemoteJWKSet>;
  readonly issuer: string;
  readonly audience: string;
  /** Lower case. Default authorization. */
  readonly header?: string;
}

/** An origin that lets nobody in without a good token, as Cloud Run and others do. It answers with the token's id. */
export async function guardedOrigin(own: Resources, name: string, guard: Guard): Promise<GuardedOrigin> {
  const admitted: JWTPayload[] = [];
  const authorizations: string[] = [];
  const revoked = new Set<string>();
  let refusesAll = false;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    authorizations.push(String(request.headers.authorization ?? ""));
    const value = String(request.headers[guard.header ?? "authorization"] ?? "");
    const options = { issuer: guard.issuer, audience: guard.audience };
    const key = guard.key as CryptoKey;
    const verified = await jwtVerify(value.replace(/^Bearer /, ""), key, options).catch(() => null);
    const isLetIn = verified !== null && !refusesAll && !revoked.has(verified.payload.jti ?? "");
    if (!isLetIn) {
      response.writeHead(401).end("who are you?");
      return;
    }
    admitted.push(verified.payload);
    response.end(verified.payload.jti);
  }

  const origin = await own.origin(name, { respond: (request, response) => void answer(request, response) });
  return Object.assign(origin, {
    admitted,
    authorizations,
    revoked,
    refuseAll: () => {
      refusesAll = true;
    },
  });
}
