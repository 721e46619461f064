/**
 * Envoy's retry conditions as Heddle's retry.
 *
 * Envoy repeats any method; what is safe about `connect-failure` there is that nothing was sent. Heddle has that case
 * too: with no method allowed, only requests that certainly never reached an endpoint are repeated.
 *
 * Source: Envoy docs, http/http_filters/router_filter.rst (x-envoy-retry-on, x-envoy-retry-grpc-on);
 * source/common/router/retry_state_impl.cc (wouldRetryFromReset).
 */

export interface RetryConditions {
  readonly codes: readonly (number | "5xx")[];
  readonly onConnectFailure: boolean;
  readonly onReset: boolean;
  readonly onTimeout: boolean;
  readonly methods: readonly "*"[];
  readonly idempotencyKey: boolean;
}

export interface ReadConditions {
  readonly retry: RetryConditions;
  /** Conditions that have no equivalent, each with the reason. */
  readonly dropped: readonly { readonly condition: string; readonly reason: string }[];
  /** What works differently. */
  readonly changed: readonly string[];
}

const GATEWAY_ERRORS = [502, 503, 504];

const GRPC = "is a gRPC status; the HTTP status alone is looked at";
const WITHOUT_EQUIVALENT: Readonly<Record<string, string>> = {
  cancelled: GRPC,
  "deadline-exceeded": GRPC,
  internal: GRPC,
  "resource-exhausted": GRPC,
  unavailable: GRPC,
  "retriable-headers": "answers are not retried by their headers",
  "envoy-ratelimited": "no x-envoy-ratelimited header is read",
  "http3-post-connect-failure": "endpoints are not called over HTTP/3",
};

/** Nothing was sent, or the endpoint said that it did nothing: both are the case that Heddle calls never sent. */
const NEVER_SENT = new Set(["connect-failure", "refused-stream", "reset-before-request"]);

/**
 * - `conditions`: the parts of a comma-separated list. Numbers are statuses, as Istio allows.
 * - `statusCodes`: what `retriable-status-codes` stands for.
 *
 * Never throws.
 */
export function readRetryConditions(conditions: readonly string[], statusCodes: readonly number[]): ReadConditions {
  const codes = new Set<number>();
  const dropped: { condition: string; reason: string }[] = [];
  const changed: string[] = [];
  let noAnswer = false;
  let serverErrors = false;
  let neverSent = false;
  const addCodes = (list: readonly number[]) => {
    for (const code of list) {
      if (code >= 400 && code <= 599) codes.add(code);
      else dropped.push({ condition: String(code), reason: "only statuses from 400 to 599 are retried" });
    }
  };
  for (const condition of conditions) {
    if (condition === "5xx") {
      noAnswer = true;
      serverErrors = true;
    } else if (condition === "gateway-error") {
      noAnswer = true;
      addCodes(GATEWAY_ERRORS);
    } else if (condition === "reset") noAnswer = true;
    else if (condition === "retriable-4xx") addCodes([409]);
    else if (condition === "retriable-status-codes") addCodes(statusCodes);
    else if (NEVER_SENT.has(condition)) neverSent = true;
    else if (/^[0-9]{3}$/.test(condition)) addCodes([Number(condition)]);
    else dropped.push({ condition, reason: reasonOf(condition) });
  }
  const repeats = noAnswer || codes.size > 0;
  if (repeats && neverSent && !noAnswer) {
    changed.push(
      "a connection that broke after the request was sent is retried as well: the platform does not tell it from one that never came about",
    );
  }
  const single = [...codes].filter((code) => !serverErrors || code < 500);
  return {
    retry: {
      codes: [...single.sort((a, b) => a - b), ...(serverErrors ? (["5xx"] as const) : [])],
      onConnectFailure: neverSent || noAnswer,
      onReset: noAnswer,
      onTimeout: noAnswer,
      methods: repeats ? ["*"] : [],
      idempotencyKey: false,
    },
    dropped,
    changed,
  };
}

function reasonOf(condition: string): string {
  const reason = Object.hasOwn(WITHOUT_EQUIVALENT, condition) ? WITHOUT_EQUIVALENT[condition] : undefined;
  return reason ?? "is not a retry condition of Envoy";
}
