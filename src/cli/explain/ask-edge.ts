import { CommandFailure } from "../failure.ts";
import type { Explanation } from "./explanation.ts";

export interface ExplainQuery {
  /** Of the edge, without a trailing slash. */
  readonly edge: string;
  readonly url: string;
  readonly method: string;
  /** Each `Name:value`. */
  readonly headers: readonly string[];
  readonly token: string | null;
}

const TIMEOUT_MS = 10_000;

/** Asks an edge to explain a request. Throws CommandFailure when it cannot be reached, refuses, or is no edge. */
export async function askEdge({ edge, url, method, headers, token }: ExplainQuery): Promise<Explanation> {
  const form = new URLSearchParams({ url, method });
  for (const header of headers) form.append("header", header);
  let answer: Response;
  let body: string;
  try {
    // Posted, since URLs are logged and headers may be credentials.
    answer = await fetch(`${edge}/.heddle/explain`, {
      method: "POST",
      body: form,
      headers: token === null ? {} : { "x-heddle-debug": token },
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    body = await answer.text();
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    throw new CommandFailure(
      "unreachable",
      `no edge answers at ${edge} (${cause?.code ?? (error as Error).name})`,
      "start one with heddle dev, name another with --edge URL, or give a config with --config FILE",
      3,
    );
  }
  if (answer.status === 401) {
    const fix = "give its debug token with --token, or in HEDDLE_DEBUG_TOKEN";
    throw new CommandFailure("unauthorized", `the edge at ${edge} explains to holders of a token only`, fix, 4);
  }
  const explanation = parse(body);
  if (answer.ok && explanation !== null) return explanation;
  throw new CommandFailure(
    "no_explanation",
    `${edge} answered ${answer.status}, which explains nothing: ${body.slice(0, 300)}`,
    "is it a Heddle edge? name one with --edge URL",
  );
}

function parse(body: string): Explanation | null {
  try {
    const value = JSON.parse(body) as Partial<Explanation> | null;
    return Array.isArray(value?.backends) ? (value as Explanation) : null;
  } catch {
    return null;
  }
}
