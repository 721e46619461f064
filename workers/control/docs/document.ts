/** The OpenAPI 3.1 document of the API, made from the routes themselves. */
import { ALLOWANCES } from "../../../src/security/endpoint-url.ts";
import type { Api } from "../http/operation.ts";

export type Document = ReturnType<Api["getOpenAPI31Document"]>;

const DESCRIPTION = `Versions of the config, live state, overrides, registrations, tokens and the audit log of a mesh.

Every request but GET /livez carries \`Authorization: Bearer hdl_…\`, or comes through Cloudflare Access. Scopes: read, operate
(includes read), admin (includes all) and register (registrations of the token's own services). A token may be limited to
services.

Errors are application/problem+json. Lists are \`{items, next}\` with ?limit= and ?cursor=. Reads have an ETag and take
If-None-Match. POST and PUT take an Idempotency-Key: sent again within 24 hours, the request is answered as before and not done
again. Times are milliseconds since 1970. Endpoint URLs are public https unless the deployment allows ${ALLOWANCES.join(", ")}.`;

const TAGS = [
  ["config", "The config of the mesh and its versions"],
  ["services", "Live state, merged over the regions"],
  ["overrides", "An operator's word on endpoints, without a new config"],
  ["registrations", "Instances that register themselves"],
  ["rollouts", "Traffic that moves from one service to another in steps"],
  ["events", "What happened, and who did what"],
  ["access", "Tokens"],
  ["reference", "This document"],
] as const;

let made: Document | undefined;

/** The document; made once in an isolate. */
export function documentOf(api: Api): Document {
  made ??= api.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Heddle admin API",
      version: "1",
      description: DESCRIPTION,
      license: { name: "Apache-2.0" },
    },
    tags: TAGS.map(([name, description]) => ({ name, description })),
    security: [{ bearer: [] }],
  });
  return made;
}
