/**
 * AWS Signature Version 4: Lambda URLs, API Gateway, S3 and what else takes it.
 *
 * Signed are the host, the content type and every x-amz-…: nothing that the platform or a proxy writes anew. Of x-amz-… only
 * our own leave, and what the config lets through: with our signature, x-amz-copy-source, x-amz-acl or x-amz-target of a caller
 * would do whatever our key may.
 *
 * A plus sign in a query is sent as `%20`, which means the same: what AWS makes of a plus differs from service to service.
 */
import type { AwsSigV4Plan, OriginCredentialPlan } from "../../core/mesh-origins.ts";
import { sha256Hex, signableBody } from "./content-digest.ts";
import type { Applied, CredentialContext, OriginCredential, OutgoingRequest } from "./credential.ts";
import { createSecretReader } from "./secret-reader.ts";
import { signV4 } from "./sigv4.ts";

type Plan = Extract<OriginCredentialPlan, AwsSigV4Plan>;

const PREFIX = "x-amz-";
const UNSIGNED = "UNSIGNED-PAYLOAD";

export function openAwsSigV4(plan: Plan, { secrets }: CredentialContext): OriginCredential {
  const { name, region, service, payload, maxBodyBytes } = plan;
  const { accessKeyId, secretAccessKey, sessionToken } = plan;
  const references = [accessKeyId, secretAccessKey, ...(sessionToken === null ? [] : [sessionToken])];
  const names = references.map(({ secret }) => secret);
  const reader = createSecretReader(name, names, secrets);
  const passes = headerTest(plan.passHeaders);
  /** aws4fetch keeps the key of a day in it. */
  let keys = new Map<string, ArrayBuffer>();
  let keysOfDay = 0;

  async function apply(request: OutgoingRequest): Promise<Applied> {
    const values = await reader.read();
    if ("why" in values) return values;
    const [id, key, token] = values as [string, string, string?];
    let digest = UNSIGNED;
    if (payload === "signed") {
      const body = signableBody(request.body, maxBodyBytes, name);
      if ("why" in body) return body;
      digest = await sha256Hex(body);
    }
    const day = Math.floor(request.nowMs / 86_400_000);
    if (day !== keysOfDay) [keys, keysOfDay] = [new Map(), day];
    request.url = withoutPlus(request.url);
    const { headers } = request;
    headers.set("x-amz-content-sha256", digest);
    const set = await signV4({
      method: request.method,
      url: request.url,
      headers: signedOf(headers),
      accessKeyId: id,
      secretAccessKey: key,
      ...(token !== undefined && { sessionToken: token }),
      service,
      region,
      nowMs: request.nowMs,
      keys,
    });
    for (const [header, value] of set) headers.set(header, value);
    return reader.done();
  }

  return {
    name,
    bodyBytes: payload === "signed" ? maxBodyBytes : 0,
    withhold(headers) {
      headers.delete("authorization");
      const amz = [...headers.keys()].filter((header) => header.startsWith(PREFIX) && !passes(header));
      for (const header of amz) headers.delete(header);
    },
    apply,
    problem: reader.problem,
  };
}

/** What the signature is over, besides host, method, path, query and body. */
function signedOf(headers: Headers): [string, string][] {
  const signed: [string, string][] = [];
  for (const [name, value] of headers) {
    if (name.startsWith(PREFIX) || name === "content-type") signed.push([name, value.trim()]);
  }
  return signed;
}

function withoutPlus(url: string): string {
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query) + url.slice(query).replaceAll("+", "%20");
}

function headerTest(patterns: readonly string[]): (header: string) => boolean {
  // Ours, whatever the config lets through.
  const own = new Set(["x-amz-date", "x-amz-content-sha256", "x-amz-security-token"]);
  return (header) =>
    !own.has(header) &&
    patterns.some((pattern) => (pattern.endsWith("*") ? header.startsWith(pattern.slice(0, -1)) : header === pattern));
}
