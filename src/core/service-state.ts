/**
 * The isolate's brain: what it knows of one service, which endpoint it picks, what it allows and what it reports. The
 * parts are in service-state/; callers use these functions only.
 */
export { type AdmitRequest, admit, rankOf } from "./limit/admit.ts";
export { type CandidateView, explainService } from "./service-state/explain.ts";
export { mayHoldSession, pinTo } from "./service-state/hold-session.ts";
export { NO_ENDPOINT, type PickRequest, pickEndpoint } from "./service-state/pick.ts";
export {
  attemptTimeoutMs,
  expectedLatencyMs,
  hedgeDelayMs,
  mayRetry,
  onAnswerBroken,
  onAttemptEnd,
  onAttemptStart,
  onRefused,
  onUnsent,
} from "./service-state/record.ts";
export { syncDelayMs, takeReport } from "./service-state/reporting.ts";
export { applySnapshot } from "./service-state/snapshot.ts";
export { createServiceState, type ServiceState, type ServiceStateInput } from "./service-state/state.ts";
