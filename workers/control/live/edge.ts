/** What only an isolate of the edge can say, asked through the service binding. */
import type { ControlEnvironment } from "../environment.ts";
import { ask } from "../http/ask.ts";

/** The host is nobody's: internal endpoints go by their path. */
const BASE = "https://heddle-edge.internal";
const EDGE_MS = 5_000;
const MAX_ANSWER_LENGTH = 4 * 1024 * 1024;

export type EdgeAnswer =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  /** `not_bound`: the control Worker has no EDGE. `refused`: the edge wants another token. */
  | { readonly ok: false; readonly error: "not_bound" | "refused" | "invalid"; readonly detail: string };

/**
 * An internal endpoint's answer. Throws Unreachable when there is none in time.
 *
 * - `form`: posted; absent: the endpoint is got. URLs are logged, so what may hold a credential is posted.
 */
export async function askEdge(env: ControlEnvironment, path: string, form?: URLSearchParams): Promise<EdgeAnswer> {
  const { EDGE, HEDDLE_OPERATOR_TOKEN = "" } = env;
  if (EDGE === undefined) {
    return { ok: false, error: "not_bound", detail: "the control Worker has no binding EDGE" };
  }
  const headers = { authorization: `Bearer ${HEDDLE_OPERATOR_TOKEN}` };
  const { status, text } = await ask(
    "the edge",
    async () => {
      const answer = await EDGE.fetch(`${BASE}${path}`, {
        headers,
        ...(form !== undefined && { method: "POST", body: form }),
      });
      return { status: answer.status, text: await answer.text() };
    },
    EDGE_MS,
  );
  if (status === 401) {
    const detail = "the edge wants another token: HEDDLE_OPERATOR_TOKEN has to be the same in both Workers";
    return { ok: false, error: "refused", detail };
  }
  const invalid = { ok: false, error: "invalid", detail: `the edge answered ${status}` } as const;
  if (status !== 200 || text.length > MAX_ANSWER_LENGTH) return invalid;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? { ok: true, value: value as Record<string, unknown> }
      : invalid;
  } catch {
    return invalid;
  }
}
