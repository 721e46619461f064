/** Endpoints from records. */
import { nearestHint } from "../../config/compile/cloud-regions.ts";
import { endpointId } from "../endpoint-id.ts";
import type { Found } from "../source.ts";
import { fillUrlTemplate, hostOfAddress, type UrlTemplate } from "../url-template.ts";
import type { Data } from "./answer.ts";
import type { DnsSource } from "./settings.ts";

/** Of endpoints. */
const MAX_PRIORITY = 127;
/** RFC 2782: records of weight 0 get "a very small chance" beside others. */
const WEIGHT_OF_ZERO = 0.1;

/**
 * One endpoint for each address that the template can be filled with. Sorted and distinct, so that the order in which
 * resolvers hand records out does not show. Never throws.
 */
export function fromAddresses(
  source: DnsSource,
  template: UrlTemplate,
  records: readonly Data<"A" | "AAAA">[],
): readonly Found[] {
  const addresses = [...new Set(records.map(({ address }) => address))].sort();
  return distinct(
    addresses.flatMap((address) => {
      const values: Record<string, string> = {
        hostname: source.hostname,
        address: hostOfAddress(address),
        dashed: address.replace(/[.:]/g, "-"),
      };
      return endpointOf(source, template, values, [source.hostname, address], source.priority, source.weight);
    }),
  );
}

/**
 * One endpoint for each target and port. SRV's priorities, whatever their numbers, become the source's and those after it.
 * Weights count among records of one priority: on average they come to what the source says. A target of "." says that
 * the service is not here.
 */
export function fromServices(
  source: DnsSource,
  template: UrlTemplate,
  records: readonly Data<"SRV">[],
): readonly Found[] {
  const usable = records.filter(({ target, port }) => target !== "" && port > 0);
  const priorities = [...new Set(usable.map(({ priority }) => priority))].sort((a, b) => a - b);
  return distinct(
    priorities.flatMap((own, rank) => {
      const alike = usable.filter(({ priority }) => priority === own);
      const priority = Math.min(MAX_PRIORITY, source.priority + rank);
      const isWeighted = alike.some(({ weight }) => weight > 0);
      const weights = alike.map(({ weight }) => (isWeighted ? weight || WEIGHT_OF_ZERO : 1));
      const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
      return alike.flatMap(({ target, port }, index) => {
        const values: Record<string, string> = { hostname: source.hostname, target, port: String(port) };
        const weight = (source.weight * weights[index]!) / mean;
        return endpointOf(source, template, values, [target, String(port)], priority, weight);
      });
    }),
  );
}

function endpointOf(
  source: DnsSource,
  template: UrlTemplate,
  values: Readonly<Record<string, string>>,
  parts: readonly string[],
  priority: number,
  weight: number,
): Found[] {
  const url = fillUrlTemplate(template, (name) => values[name]);
  if (url === null) return [];
  const { origin, pathname } = new URL(url);
  const { cloud, region, zone, labels } = source;
  return [
    {
      endpoint: {
        id: endpointId(parts),
        origin,
        basePath: pathname.replace(/\/+$/, ""),
        weight,
        priority,
        locality: { cloud, region, zone },
        near: nearestHint(region),
        labels,
        headers: [],
        costPerGb: 0,
      },
      ready: true,
    },
  ];
}

/** The first of each URL, the lowest priority that is; sorted by id. */
function distinct(found: readonly Found[]): readonly Found[] {
  const byUrl = new Map<string, Found>();
  for (const one of found) {
    const url = one.endpoint.origin + one.endpoint.basePath;
    if (!byUrl.has(url)) byUrl.set(url, one);
  }
  return [...byUrl.values()].sort((a, b) => (a.endpoint.id < b.endpoint.id ? -1 : 1));
}
