/**
 * What operators say of endpoints: the third source of health, beside traffic and probes, and a hand on the weights.
 *
 * An override is of one of two kinds: where requests may go (drain, disable, force-healthy, force-unhealthy), and how many
 * (weight). It is for an endpoint, for the endpoints of a cloud, or for those of a cloud's region. Of each kind the most
 * specific one that matches an endpoint is in force; a later word of the same kind on the same target replaces the earlier.
 */
import type { Endpoint } from "../mesh.ts";
import type { HealthCode } from "../protocol.ts";

export const OVERRIDE_ACTIONS = ["drain", "disable", "weight", "force-healthy", "force-unhealthy"] as const;
/** drain: sessions stay, nothing new. disable: nothing at all. force-…: whatever checks say; breakers go by traffic as ever. */
export type OverrideAction = (typeof OVERRIDE_ACTIONS)[number];

/** `region` is that of the endpoint's locality, as the cloud calls it. */
export type OverrideTarget =
  | { readonly endpoint: string }
  | { readonly cloud: string }
  | { readonly cloud: string; readonly region: string };

export interface Override {
  /** Distinct within the object that keeps it. */
  readonly id: string;
  readonly target: OverrideTarget;
  readonly action: OverrideAction;
  /** Of the configured weight, 0..1000; 100 unless the action is weight. 0 drains. */
  readonly percent: number;
  readonly atMs: number;
  /** Epoch; Infinity: until cleared. */
  readonly untilMs: number;
  /** Who said so, and why, for the record; "" unknown. */
  readonly by: string;
  readonly reason: string;
}

/** The overrides of a service as one object keeps them. A later revision replaces an earlier one whole. */
export interface OverrideSet {
  /** 0: nothing was ever said. */
  readonly revision: number;
  readonly overrides: readonly Override[];
}

/**
 * What to do. `clear` takes back the override with `id`, or everything that was said of exactly that target; with neither,
 * everything.
 */
export interface OperatorCommand {
  readonly action: OverrideAction | "clear";
  readonly target?: OverrideTarget;
  /** The same as `target: { endpoint }`. */
  readonly endpoint?: string;
  readonly id?: string;
  /** For weight: 0..1000. */
  readonly percent?: number;
  /** It is forgotten after this long; 0 or missing: until it is cleared. */
  readonly forMs?: number;
  readonly by?: string;
  readonly reason?: string;
  /** Do it though no endpoint is left. */
  readonly force?: boolean;
}

/** A command that was checked, with everything in its place. */
export interface CheckedCommand {
  readonly action: OverrideAction | "clear";
  readonly target: OverrideTarget | null;
  readonly id: string | null;
  readonly percent: number;
  readonly forMs: number;
  readonly by: string;
  readonly reason: string;
  readonly force: boolean;
}

/** Overrides of one service at once, those of its endpoints included. Far above what anyone keeps an eye on. */
export const MAX_OVERRIDES = 256;
const MAX_PERCENT = 1_000;
/** Longest an override may be limited to; longer is better said without a limit. 30 days. */
const MAX_FOR_MS = 30 * 24 * 3_600_000;
const MAX_TEXT_LENGTH = 256;

export type CommandCheck =
  | { readonly ok: true; readonly command: CheckedCommand }
  | { readonly ok: false; readonly detail: string };

/** Decodes what was sent as a command. Never throws. */
export function checkCommand(value: unknown): CommandCheck {
  const fault = (detail: string): CommandCheck => ({ ok: false, detail });
  if (typeof value !== "object" || value === null) return fault("not an object");
  const { endpoint, action, id, percent, forMs, by, reason, force, ...rest } = value as Record<string, unknown>;
  if (action !== "clear" && !isAction(action)) {
    return fault(`action is not one of ${[...OVERRIDE_ACTIONS, "clear"].join(", ")}`);
  }
  const named = rest.target ?? (endpoint === undefined ? undefined : { endpoint });
  const target = named === undefined ? null : checkTarget(named);
  if (named !== undefined && target === null) return fault("target is not {endpoint}, {cloud} or {cloud, region}");
  if (action !== "clear" && target === null) return fault("target is missing");
  if (id !== undefined && !isText(id)) return fault(`id is not a string of at most ${MAX_TEXT_LENGTH} characters`);
  if (action === "weight" ? !isPercent(percent) : percent !== undefined && percent !== null) {
    return fault(`percent is not a number from 0 to ${MAX_PERCENT}, or the action is not weight`);
  }
  if (forMs !== undefined && !(typeof forMs === "number" && forMs >= 0 && forMs <= MAX_FOR_MS)) {
    return fault(`forMs is not a number from 0 to ${MAX_FOR_MS}`);
  }
  for (const [key, text] of Object.entries({ by, reason })) {
    if (text !== undefined && !isText(text)) {
      return fault(`${key} is not a string of at most ${MAX_TEXT_LENGTH} characters`);
    }
  }
  if (force !== undefined && typeof force !== "boolean") return fault("force is not a boolean");
  return {
    ok: true,
    command: {
      action,
      target,
      id: (id as string | undefined) ?? null,
      percent: action === "weight" ? (percent as number) : 100,
      forMs: forMs ?? 0,
      by: (by as string | undefined) ?? "",
      reason: (reason as string | undefined) ?? "",
      force: force === true,
    },
  };
}

/** An override that was sent or stored, or null for what is none. An end that is null is none. Never throws. */
export function checkOverride(value: unknown): Override | null {
  if (typeof value !== "object" || value === null) return null;
  const { id, action, percent, atMs, untilMs, by, reason, ...rest } = value as Record<string, unknown>;
  const target = checkTarget(rest.target);
  if (target === null || !isAction(action) || !isPercent(percent) || !isTime(atMs)) return null;
  if (!isText(id) || !isText(by) || !isText(reason)) return null;
  if (untilMs !== null && untilMs !== Number.POSITIVE_INFINITY && !isTime(untilMs)) return null;
  return { id, target, action, percent, atMs, untilMs: untilMs ?? Number.POSITIVE_INFINITY, by, reason };
}

/** A set that was sent or stored, or null for what is none; entries that are none of ours are left out. Never throws. */
export function checkOverrideSet(value: unknown): OverrideSet | null {
  if (typeof value !== "object" || value === null) return null;
  const { revision, overrides } = value as Partial<OverrideSet>;
  if (!isTime(revision) || !Array.isArray(overrides) || overrides.length > MAX_OVERRIDES) return null;
  return { revision, overrides: overrides.flatMap((entry) => checkOverride(entry) ?? []) };
}

/** The target, with nothing else in it; null for what is none. Never throws. */
function checkTarget(value: unknown): OverrideTarget | null {
  if (typeof value !== "object" || value === null) return null;
  const { endpoint, cloud, region } = value as Record<string, unknown>;
  if (endpoint !== undefined) {
    return isText(endpoint) && cloud === undefined && region === undefined ? { endpoint } : null;
  }
  if (!isText(cloud)) return null;
  if (region === undefined) return { cloud };
  return isText(region) ? { cloud, region } : null;
}

/** Whether a target includes an endpoint. */
export function isMatch(target: OverrideTarget, { id, locality }: Pick<Endpoint, "id" | "locality">): boolean {
  if ("endpoint" in target) return target.endpoint === id;
  return target.cloud === locality.cloud && (!("region" in target) || target.region === locality.region);
}

/** Higher wins: an endpoint over a cloud's region over a cloud. */
export function specificity(target: OverrideTarget): 0 | 1 | 2 {
  if ("endpoint" in target) return 2;
  return "region" in target ? 1 : 0;
}

/** A target as people write it: `aws-1`, `cloud aws`, `cloud aws, region eu-west-1`. */
export function describeTarget(target: OverrideTarget): string {
  if ("endpoint" in target) return target.endpoint;
  return "region" in target ? `cloud ${target.cloud}, region ${target.region}` : `cloud ${target.cloud}`;
}

/** Whether it says how many requests go there, and not whether. */
export function isWeight({ action }: Pick<Override, "action">): boolean {
  return action === "weight";
}

/** The health that an override stands for; null for a weight above 0. */
export function toldHealth({ action, percent }: Override): HealthCode | null {
  switch (action) {
    case "drain":
      return 4;
    case "disable":
      return 5;
    case "force-healthy":
      return 1;
    case "force-unhealthy":
      return 2;
    case "weight":
      return percent === 0 ? 4 : null;
  }
}

function isAction(value: unknown): value is OverrideAction {
  return (OVERRIDE_ACTIONS as readonly unknown[]).includes(value);
}

function isPercent(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_PERCENT;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_TEXT_LENGTH;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
