/** `GET /metrics`: what the mesh counts, for Prometheus. */
import { z } from "@hono/zod-openapi";
import { xxh64 } from "../../src/core/balance/xxhash64.ts";
import { familiesOf } from "../../src/telemetry/metrics/families.ts";
import { CONTENT_TYPES, formatFor, writeMetrics } from "../../src/telemetry/metrics/write.ts";
import { type Api, operation } from "./http/operation.ts";
import { problem } from "./http/problem.ts";
import { servicesFor } from "./live/services.ts";
import { scrape } from "./metrics-scrape.ts";
import { lineOf } from "./resources/schemas.ts";

/** Parts that the services may be divided into, one for each job that scrapes. */
const MAX_PAGES = 1_000;

const query = z
  .strictObject({
    service: lineOf(256)
      .min(1)
      .optional()
      .openapi({ param: { description: "This service only." } }),
    pages: z.coerce
      .number()
      .int()
      .min(1)
      .max(MAX_PAGES)
      .default(1)
      .openapi({ param: { description: "Into how many parts the services are divided, each scraped by a job." } }),
    page: z.coerce
      .number()
      .int()
      .min(0)
      .max(MAX_PAGES - 1)
      .default(0)
      .openapi({ param: { description: "Which of the parts, from 0. A service is always in the same one." } }),
  })
  .refine(({ page, pages }) => page < pages, { error: "there is no such page", path: ["page"] });

const text = { schema: z.string() };

export function addMetrics(api: Api): void {
  operation(
    api,
    {
      method: "get",
      path: "/metrics",
      operationId: "readMetrics",
      tags: ["services"],
      summary: "Metrics in OpenMetrics 1.0 or Prometheus' text format, as the Accept header prefers",
      needs: { scopes: ["read"], services: "filtered" },
      problems: ["not-found"],
      request: { query },
      responses: {
        200: {
          description: "What is counted; `heddle_scrape_missing_objects` says how many objects gave no answer",
          content: { "text/plain": text, "application/openmetrics-text": text },
        },
      },
    },
    async (context) => {
      const { service, pages, page } = context.req.valid("query");
      const all = await servicesFor(context.env, context.get("caller"));
      const services = all.filter((name) => (service === undefined ? pageOf(name, pages) === page : name === service));
      if (service !== undefined && services.length === 0) {
        return problem(context, "not-found", "the mesh has no such service");
      }
      const scraped = await scrape(context.env, services, Date.now());
      const format = formatFor(context.req.header("accept") ?? null);
      const body = writeMetrics(familiesOf(scraped), format);
      return new Response(body, {
        headers: {
          "content-type": CONTENT_TYPES[format],
          vary: "accept, accept-encoding, authorization",
          // The platform encodes what says that it is encoded.
          ...(acceptsGzip(context.req.header("accept-encoding")) && { "content-encoding": "gzip" }),
        },
      });
    },
  );
}

const hash = new Uint32Array(2);

/** The part that a service is in. Services that come and go move no other. */
function pageOf(service: string, pages: number): number {
  xxh64(service, 0, hash);
  return hash[1]! % pages;
}

function acceptsGzip(header: string | undefined): boolean {
  return (header ?? "").split(",").some((one) => /^\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$)|$)/i.test(one));
}
