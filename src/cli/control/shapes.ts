/**
 * What the admin API answers, as far as the commands use it. Fields that are not named here pass through to `--json`; one
 * that is missing and not optional is a control plane this heddle does not know.
 */
import { z } from "zod";

export const faultShape = z.object({
  path: z.string(),
  message: z.string(),
  line: z.number().exactOptional(),
  column: z.number().exactOptional(),
  suggestion: z.string().exactOptional(),
});

export const versionShape = z.looseObject({
  version: z.number(),
  digest: z.string(),
  atMs: z.number(),
  author: z.string(),
  message: z.string(),
  kind: z.enum(["apply", "rollback", "guard-rollback"]),
  of: z.number().optional(),
  bytes: z.number().optional(),
  pinned: z.boolean().optional(),
  guard: z
    .looseObject({
      state: z.enum(["watching", "passed", "rolled-back", "ended"]),
      untilMs: z.number(),
      reason: z.string().optional(),
    })
    .nullish(),
});
export type Version = z.infer<typeof versionShape>;

/** One page of a list. */
export function pageShape<T extends z.ZodType>(item: T) {
  return z.looseObject({ items: z.array(item), next: z.string().nullish(), sealed: z.number().nullish() });
}

export const whoamiShape = z.looseObject({
  name: z.string(),
  scopes: z.array(z.string()),
  services: z.array(z.string()).nullish(),
  expiresAtMs: z.number().nullish(),
  via: z.string().optional(),
  problems: z.array(z.string()).optional(),
});

const leafShape = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.unknown())]);

/** A change of the config: what it is about, and what share of the present traffic it touches. */
export const changeShape = z.looseObject({
  kind: z.enum(["added", "removed", "changed"]),
  what: z.string(),
  /** "" for what there is one of. */
  name: z.string(),
  path: z.string().optional(),
  /** In one line, what was added or removed. */
  summary: z.string().optional(),
  fields: z
    .array(z.looseObject({ path: z.string(), before: leafShape.optional(), after: leafShape.optional() }))
    .optional(),
  /** 0..1, at most; null where the traffic is not known. */
  trafficShare: z.number().nullish(),
});

export const diffShape = z.looseObject({ changes: z.array(changeShape), trafficShare: z.number().nullish() });
export type Diff = z.infer<typeof diffShape>;
export type Change = z.infer<typeof changeShape>;

const targetShape = z.union([
  z.object({ endpoint: z.string() }),
  z.object({ cloud: z.string(), region: z.string() }),
  z.object({ cloud: z.string() }),
]);
export type Target = z.infer<typeof targetShape>;

export const overrideShape = z.looseObject({
  id: z.string(),
  service: z.string().optional(),
  target: targetShape,
  action: z.string(),
  percent: z.number().nullish(),
  reason: z.string().optional(),
  by: z.string().optional(),
  atMs: z.number().optional(),
  /** Null: until it is cleared. */
  untilMs: z.number().nullish(),
  /** Of a drain: "draining" until no request and no session is left, then "drained". */
  state: z.string().nullish(),
});
export type Override = z.infer<typeof overrideShape>;

export const tokenShape = z.looseObject({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  /** Null: all of them. */
  services: z.array(z.string()).nullish(),
  createdAtMs: z.number().optional(),
  createdBy: z.string().optional(),
  expiresAtMs: z.number().nullish(),
  revokedAtMs: z.number().nullish(),
  lastUsedAtMs: z.number().nullish(),
});
export type Token = z.infer<typeof tokenShape>;

/** A key that callers of the mesh send. */
export const apiKeyShape = z.looseObject({
  id: z.string(),
  provider: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  createdAtMs: z.number().optional(),
  createdBy: z.string().optional(),
  expiresAtMs: z.number(),
  revokedAtMs: z.number().nullish(),
});
export type ApiKey = z.infer<typeof apiKeyShape>;

const idShape = z.union([z.string(), z.number()]);

/** Something that happened: health, config, discovery. What else it says depends on its type. */
export const eventShape = z.looseObject({
  id: idShape,
  atMs: z.number(),
  type: z.string(),
  service: z.string().nullish(),
  endpoint: z.string().nullish(),
  region: z.string().nullish(),
  detail: z.string().nullish(),
});
export type MeshEvent = z.infer<typeof eventShape>;

export const auditShape = z.looseObject({
  id: idShape,
  atMs: z.number(),
  actor: z.string(),
  via: z.string().optional(),
  from: z.looseObject({ address: z.string().optional(), country: z.string().optional() }).nullish(),
  action: z.string(),
  target: z.string(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});
export type AuditEntry = z.infer<typeof auditShape>;
