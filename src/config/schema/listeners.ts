/** Where requests come in, in the shape of the Gateway API's listeners. TLS itself is the platform's. */
import * as z from "zod";
import { type Finding, isRecord, withFindings } from "./finding.ts";
import { hostname, placedName } from "./names.ts";
import { derived, required, setting, withDefaults } from "./setting.ts";

const listener = z.strictObject({
  name: required(placedName(), "Name of the listener, unique. Routes attach to it by this name."),
  ...withDefaults({
    hostname: setting(
      hostname(),
      'Hosts it takes: a name, "*.example.com" for any name below, or "*".',
      "*",
      "every host, as in the Gateway API",
    ),
    port: derived(
      z.int().min(1).max(65_535),
      "Port of the request's URL; without one it is 80 or 443 by scheme. A port that no listener has counts as that too.",
      "any port",
    ),
    protocol: derived(z.enum(["HTTP", "HTTPS"]), "Scheme of the request's URL.", "any of the two"),
  }),
});

export const listenersSchema = withFindings(z.array(listener).max(1_024), distinct);

/** The Gateway API calls two listeners in conflict when no request could tell them apart. */
function* distinct(listeners: unknown): Iterable<Finding> {
  const names = new Map<string, number>();
  const places = new Map<string, number>();
  for (const [index, entry] of (Array.isArray(listeners) ? listeners : []).entries()) {
    if (!isRecord(entry) || typeof entry.name !== "string") continue;
    const before = names.get(entry.name);
    if (before !== undefined) {
      yield { path: [index, "name"], message: `listener ${before} is named ${entry.name} already` };
    }
    names.set(entry.name, before ?? index);
    const host = typeof entry.hostname === "string" ? entry.hostname.toLowerCase() : "*";
    const place = JSON.stringify([host, entry.port ?? null, entry.protocol ?? null]);
    const same = places.get(place);
    if (same !== undefined) {
      yield { path: [index], message: `takes the same hostname, port and protocol as listener ${same}` };
    }
    places.set(place, same ?? index);
  }
}

export const routingSchema = z.strictObject(
  withDefaults({
    precedence: setting(
      z.enum(["specificity", "order"]),
      "Which of several routes that fit is taken. specificity: the most specific match over all routes of all hosts that fit. order: the routes of the most specific host alone, and there the first rule that fits.",
      "specificity",
      "as in the Gateway API; Envoy and Istio go by order",
    ),
  }),
);
