/** What is read of Kubernetes' own kinds, and ReferenceGrant. Other fields of these kinds say nothing about routing. */
import * as z from "zod";
import { group, kind, metadata, namespace, objectName, port } from "./fields.ts";

export const service = z.looseObject({
  metadata,
  spec: z
    .looseObject({
      type: z.string().optional(),
      externalName: z.string().optional(),
      ports: z
        .array(
          z.looseObject({
            name: z.string().optional(),
            port: port(),
            appProtocol: z.string().optional(),
            protocol: z.string().default("TCP"),
          }),
        )
        .default([]),
    })
    .prefault({}),
});
export type KubernetesService = z.output<typeof service>;
export type ServicePort = KubernetesService["spec"]["ports"][number];

export const endpointSlice = z.looseObject({
  metadata,
  addressType: z.enum(["IPv4", "IPv6", "FQDN"]),
  endpoints: z
    .array(
      z.looseObject({
        addresses: z.array(z.string()).default([]),
        conditions: z.looseObject({ ready: z.boolean().optional() }).default({}),
        zone: z.string().max(64).optional(),
        targetRef: z.looseObject({ kind: z.string().optional(), name: z.string().optional() }).optional(),
      }),
    )
    .default([]),
  ports: z
    .array(
      z.looseObject({ name: z.string().default(""), port: port().optional(), protocol: z.string().default("TCP") }),
    )
    .default([]),
});
export type EndpointSlice = z.output<typeof endpointSlice>;

export const referenceGrant = z.looseObject({
  metadata,
  spec: z.strictObject({
    from: z
      .array(z.strictObject({ group: group(), kind: kind(), namespace: namespace() }))
      .min(1)
      .max(16),
    to: z
      .array(z.strictObject({ group: group(), kind: kind(), name: objectName().optional() }))
      .min(1)
      .max(16),
  }),
});
export type ReferenceGrant = z.output<typeof referenceGrant>;

export const namespaceObject = z.looseObject({ metadata });
export type Namespace = z.output<typeof namespaceObject>;

/** Read for whether it is there and holds a CA certificate. */
export const configMap = z.looseObject({ metadata, data: z.record(z.string(), z.string()).optional() });
export type ConfigMap = z.output<typeof configMap>;
