/** What callers say to the mesh alone, in headers that end here. */

/** The debug token of a caller who may see how a request was routed. */
export const DEBUG_HEADER = "x-heddle-debug";
/** Time limits of one request, whole milliseconds. Endpoints are told what is left, in x-heddle-timeout-ms. */
export const REQUEST_TIMEOUT_HEADER = "x-heddle-request-timeout-ms";
export const ATTEMPT_TIMEOUT_HEADER = "x-heddle-attempt-timeout-ms";
/** Faults: a delay in whole milliseconds, and an error by its status. */
export const FAULT_DELAY_HEADER = "x-heddle-fault-delay-ms";
export const FAULT_ABORT_HEADER = "x-heddle-fault-abort";

export const CONTROL_HEADERS = [
  DEBUG_HEADER,
  REQUEST_TIMEOUT_HEADER,
  ATTEMPT_TIMEOUT_HEADER,
  FAULT_DELAY_HEADER,
  FAULT_ABORT_HEADER,
] as const;
