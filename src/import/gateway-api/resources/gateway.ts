/** Gateway, GatewayClass and ListenerSet, with the ranges, patterns and rules of their CRDs. */
import * as z from "zod";
import { type Finding, isRecord, withFindings } from "../../../config/schema/finding.ts";
import {
  GATEWAY_GROUP,
  group,
  hostname,
  kind,
  labels,
  listOf,
  metadata,
  namespace,
  objectName,
  port,
  sectionName,
} from "./fields.ts";

const requirement = z.strictObject({
  key: z.string(),
  operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
  values: z.array(z.string()).default([]),
});

const selector = z.strictObject({
  matchLabels: labels().default({}),
  matchExpressions: z.array(requirement).default([]),
});
export type LabelSelector = z.output<typeof selector>;

const routeNamespaces = z.strictObject({
  from: z.enum(["All", "Selector", "Same", "None"]).default("Same"),
  selector: selector.optional(),
});

const allowedRoutes = z.strictObject({
  namespaces: routeNamespaces.prefault({}),
  kinds: z
    .array(z.strictObject({ group: group().default(GATEWAY_GROUP), kind: kind() }))
    .max(8)
    .default([]),
});

const secretRef = z.strictObject({
  group: group().default(""),
  kind: kind().default("Secret"),
  name: objectName(),
  namespace: namespace().optional(),
});

const tls = z.looseObject({
  mode: z.enum(["Terminate", "Passthrough"]).default("Terminate"),
  certificateRefs: z.array(secretRef).max(64).default([]),
  options: z.record(z.string(), z.string()).optional(),
});

const PROTOCOL_PATTERN =
  /^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]+$/;

const listener = z.strictObject({
  name: sectionName(),
  hostname: hostname().optional(),
  port: port(),
  protocol: z
    .string()
    .min(1)
    .max(255)
    .regex(PROTOCOL_PATTERN, { error: `should match '${PROTOCOL_PATTERN.source}'` }),
  tls: tls.optional(),
  allowedRoutes: allowedRoutes.prefault({}),
});
export type ListenerSpec = z.output<typeof listener>;

withFindings(listener, function* (value): Iterable<Finding> {
  if (!isRecord(value)) return;
  const protocol = String(value.protocol);
  if (["HTTP", "TCP", "UDP"].includes(protocol) && value.tls !== undefined) {
    yield { path: ["tls"], message: "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']" };
  }
  if (protocol === "HTTPS" && isRecord(value.tls) && (value.tls.mode ?? "Terminate") !== "Terminate") {
    yield { path: ["tls", "mode"], message: "tls mode must be Terminate for protocol HTTPS" };
  }
  if (["TCP", "UDP"].includes(protocol) && (value.hostname ?? "") !== "") {
    yield { path: ["hostname"], message: "hostname must not be specified for protocols ['TCP', 'UDP']" };
  }
});

const listeners = () =>
  withFindings(z.array(listener).max(64).default([]), function* (list): Iterable<Finding> {
    const names = new Set<unknown>();
    const places = new Set<string>();
    for (const [index, value] of listOf(list).entries()) {
      if (!isRecord(value)) continue;
      if (names.has(value.name))
        yield { path: [index, "name"], message: "Listener name must be unique within the Gateway" };
      names.add(value.name);
      const place = JSON.stringify([value.port, value.protocol, value.hostname ?? ""]);
      if (places.has(place)) {
        yield { path: [index], message: "Combination of port, protocol and hostname must be unique for each listener" };
      }
      places.add(place);
    }
  });

export const gateway = z.looseObject({
  metadata,
  spec: z.looseObject({
    gatewayClassName: objectName(),
    listeners: listeners(),
    allowedListeners: z.strictObject({ namespaces: noneBefore().prefault({}) }).optional(),
  }),
});
export type Gateway = z.output<typeof gateway>;

export const listenerSet = z.looseObject({
  metadata,
  spec: z.strictObject({
    parentRef: z.strictObject({
      group: group().default(GATEWAY_GROUP),
      kind: kind().default("Gateway"),
      name: objectName(),
      namespace: namespace().optional(),
    }),
    listeners: listeners(),
  }),
});
export type ListenerSet = z.output<typeof listenerSet>;

export const gatewayClass = z.looseObject({ metadata, spec: z.looseObject({}).default({}) });
export type GatewayClass = z.output<typeof gatewayClass>;

export type NamespaceRule = z.output<typeof routeNamespaces>;

/** As for routes, but that nobody may attach when nothing is said. */
function noneBefore() {
  return z.strictObject({
    ...routeNamespaces.shape,
    from: z.enum(["All", "Selector", "Same", "None"]).default("None"),
  });
}
