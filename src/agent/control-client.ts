/** The admin API as an instance uses it. Nothing is thrown: what the network does is an answer too. */

export interface Answer {
  /** HTTP's; 0: there was no answer. */
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** What is wrong; "" for a good answer. */
  readonly detail: string;
  /** What Retry-After asks for; 0 for nothing. */
  readonly retryAfterMs: number;
}

const ANSWER_MS = 5_000;
const MAX_RETRY_AFTER_MS = 60_000;

export class ControlClient {
  readonly #url: string;
  readonly #token: string;

  /** `control`: the control plane's URL, with or without a slash at its end. */
  constructor(control: string, token: string, service: string, instance: string) {
    const path = `/v1/services/${encodeURIComponent(service)}/registrations/${encodeURIComponent(instance)}`;
    this.#url = control.replace(/\/+$/, "") + path;
    this.#token = token;
  }

  register(registration: object): Promise<Answer> {
    return this.#call("PUT", "", registration);
  }

  heartbeat(heartbeat: object): Promise<Answer> {
    return this.#call("POST", "/heartbeat", heartbeat);
  }

  /** `lease`: "" for whoever has the name. */
  deregister(lease: string): Promise<Answer> {
    return this.#call("DELETE", lease === "" ? "" : `?lease=${encodeURIComponent(lease)}`, null);
  }

  async #call(method: string, path: string, json: object | null): Promise<Answer> {
    try {
      const response = await fetch(this.#url + path, {
        method,
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(json !== null && { "content-type": "application/json" }),
        },
        ...(json !== null && { body: JSON.stringify(json) }),
        // A token goes nowhere but to the control plane.
        redirect: "manual",
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const body = parse(await response.text());
      const detail = response.ok
        ? ""
        : `${response.status} ${String(body.detail ?? body.title ?? response.statusText)}`;
      return { status: response.status, body, detail, retryAfterMs: retryAfterMs(response.headers.get("retry-after")) };
    } catch (error) {
      return { status: 0, body: {}, detail: messageOf(error), retryAfterMs: 0 };
    }
  }
}

function retryAfterMs(value: string | null): number {
  const ms = Number(value ?? 0) * 1_000;
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : 0;
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** fetch hides what went wrong in the cause. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
