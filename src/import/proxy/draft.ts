/** Parts of a config while they are made, in the shape of the config schema, and what the schema says of them. */
import type * as z from "zod";
import { decodeAs } from "../../config/decode/decode-as.ts";
import type { Fault } from "../../config/fault.ts";

export interface NamedMatchDraft {
  readonly name: string;
  readonly type: "Exact" | "Prefix" | "Suffix" | "RegularExpression" | "Present";
  readonly value?: string;
  readonly invert?: true;
}

export interface PathDraft {
  readonly type: "Exact" | "PathPrefix" | "StringPrefix" | "RegularExpression";
  readonly value: string;
  readonly ignoreCase?: true;
}

export interface MatchDraft {
  readonly path?: PathDraft;
  readonly method?: string;
  readonly headers?: readonly NamedMatchDraft[];
  readonly queryParams?: readonly NamedMatchDraft[];
}

export type FilterDraft = { readonly type: string } & Readonly<Record<string, unknown>>;

export type BackendRefDraft =
  | {
      readonly service: string;
      readonly subset?: string;
      readonly weight?: number;
      readonly filters?: readonly FilterDraft[];
    }
  | { readonly invalid: string; readonly weight?: number };

export type Settings = Readonly<Record<string, unknown>>;

export interface RuleDraft {
  readonly name?: string;
  readonly matches?: readonly MatchDraft[];
  readonly filters?: readonly FilterDraft[];
  readonly backendRefs?: readonly BackendRefDraft[];
  readonly splitOn?: readonly Settings[];
  readonly timeouts?: Settings;
  readonly retry?: Settings;
  readonly authentication?: Settings;
  readonly authorization?: Settings;
  /** Names of limits of the config. */
  readonly rateLimits?: readonly string[];
}

export interface RouteDraft {
  readonly name: string;
  readonly listeners?: readonly string[];
  readonly hostnames: readonly string[];
  readonly rules: readonly RuleDraft[];
}

/** What the schema has against a part; empty when it fits. Never throws. */
export function faultsOf(schema: z.ZodType, value: unknown): readonly Fault[] {
  const decoded = decodeAs({ schema, keysAt: () => [] }, value);
  return decoded.ok ? [] : decoded.faults;
}

/**
 * The fields of an object that the schema takes. A field at fault is left out and reported; when leaving it out makes
 * another one fail, that one goes too.
 */
export function fitting(
  schema: z.ZodType,
  value: Settings,
  report: (field: string, message: string) => void,
): Settings {
  let left = value;
  for (;;) {
    const fault = faultsOf(schema, left)[0];
    if (fault === undefined) return left;
    const field = /^[^.[]+/.exec(fault.path)?.[0] ?? "";
    if (!Object.hasOwn(left, field)) {
      report("", fault.message);
      return {};
    }
    report(field, fault.message);
    const { [field]: _, ...rest } = left;
    left = rest;
  }
}
