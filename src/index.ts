/** The package's entry: the mesh as a library, and what a config in TypeScript needs. */
export { defineMesh, type MeshConfigInput } from "./config/define-mesh.ts";
export type {
  Candidates,
  EndpointColumns,
  PickInput,
  Policy,
  PolicyContext,
  PolicyFactory,
  PolicyView,
} from "./core/balance/policy.ts";
export type { Endpoint, Mesh, Service } from "./core/mesh.ts";
export type { AttemptOutcome, OutcomeClass } from "./core/outcome.ts";
export type { ClassifiedAnswer, Classifier, Verdict } from "./edge/extension/classifier.ts";
export type { Registrations } from "./edge/extension/extensions.ts";
export type { Filter, FilterContext } from "./edge/extension/filter.ts";
export { type CompiledJson, type Heddle, type HeddleOptions, type HonoContext, heddle } from "./library/heddle.ts";
