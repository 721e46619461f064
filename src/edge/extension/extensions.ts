/**
 * What users register in code, by the names that the config uses: filters, balancing policies, outcome classifiers. Made
 * once for a Worker; a mesh that names something else is refused.
 */
import type { PolicyFactory } from "../../core/balance/policy.ts";
import type { KnownExtensions } from "../../core/unknown-extensions.ts";
import type { Classifier } from "./classifier.ts";
import { createFaultLog, type FaultLog } from "./fault-log.ts";
import type { Filter } from "./filter.ts";

export interface Extensions extends KnownExtensions {
  readonly filters: ReadonlyMap<string, Filter>;
  readonly policies: ReadonlyMap<string, PolicyFactory>;
  readonly classifiers: ReadonlyMap<string, Classifier>;
  /** What they did wrong while they ran. */
  readonly faults: FaultLog;
}

export interface Registrations {
  /** By the name in `extensionRef`. */
  readonly filters?: Readonly<Record<string, Filter>>;
  /** By the name in `loadBalancing.extension`. */
  readonly policies?: Readonly<Record<string, PolicyFactory>>;
  /** By the name in `outcomeClassifier`. */
  readonly classifiers?: Readonly<Record<string, Classifier>>;
}

export function createExtensions({ filters = {}, policies = {}, classifiers = {} }: Registrations = {}): Extensions {
  return {
    filters: new Map(Object.entries(filters)),
    policies: new Map(Object.entries(policies)),
    classifiers: new Map(Object.entries(classifiers)),
    faults: createFaultLog(),
  };
}
