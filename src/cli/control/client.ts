import { randomUUID } from "node:crypto";
import type { z } from "zod";
import type { Access } from "../context/access.ts";
import { CommandFailure } from "../failure.ts";
import { installation } from "../installation.ts";
import { failureOf, readProblem } from "./problem.ts";

export interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Undefined values are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly text?: { readonly type: string; readonly body: string };
  readonly headers?: Readonly<Record<string, string>>;
  /** Refusals that the caller wants to read itself. */
  readonly expect?: readonly number[];
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** The admin API of one control plane. */
export interface Control {
  readonly access: Access;
  /**
   * One call; resolves with a success or an expected refusal. Throws CommandFailure for everything else.
   *
   * A read, and a change that carries its Idempotency-Key, are tried again when the control plane cannot be reached or is
   * unavailable for a moment: it happens once in any case.
   */
  call(path: string, call?: Call): Promise<Answer>;
  /** The same, with the body read. Throws CommandFailure when it has not the shape. */
  get<T>(path: string, shape: z.ZodType<T>, call?: Call): Promise<T>;
}

/** For each attempt: a config of many megabytes is compiled in a few seconds. */
const TIMEOUT_MS = 30_000;
const PAUSES_MS = [250, 1_000] as const;
const PASSING: readonly number[] = [502, 503, 504];

export function createControl(access: Access, fetcher: typeof fetch = fetch): Control {
  const control: Control = {
    access,
    async call(path, call = {}) {
      const { expect = [] } = call;
      const answer = await attempt(access, path, call, fetcher);
      if ((answer.status >= 200 && answer.status < 300) || expect.includes(answer.status)) return answer;
      throw failureOf(answer.status, readProblem(answer.body), access.control, access.token !== null);
    },
    async get(path, shape, call) {
      const answer = await control.call(path, call);
      return readBody(answer, shape, `${access.control}${path}`);
    },
  };
  return control;
}

/** The body of an answer in its shape. Throws CommandFailure that names what is wrong. */
export function readBody<T>({ body, status }: Answer, shape: z.ZodType<T>, where: string): T {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new CommandFailure(
      "unexpected_answer",
      `${where} answered ${status} with something that is not JSON`,
      "is it the URL of a Heddle control plane?",
      3,
    );
  }
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  const faults = read.error.issues.slice(0, 3).map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new CommandFailure(
    "unexpected_answer",
    `${where} answered in a form this heddle does not know (${faults.join("; ")})`,
    "heddle --version and the control plane may be too far apart",
  );
}

async function attempt(access: Access, path: string, call: Call, fetcher: typeof fetch): Promise<Answer> {
  const { method = "GET", query = {}, json, text, headers = {}, signal } = call;
  const url = new URL(`${access.control}${path}`);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, `${value}`);
  const init = {
    method,
    redirect: "manual",
    headers: {
      accept: "application/json",
      "user-agent": `heddle/${installation().version}`,
      ...(access.token !== null && { authorization: `Bearer ${access.token}` }),
      ...(json !== undefined && { "content-type": "application/json" }),
      ...(text !== undefined && { "content-type": text.type }),
      ...((method === "POST" || method === "PUT") && { "idempotency-key": randomUUID() }),
      ...headers,
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
    ...(text !== undefined && { body: text.body }),
  } as const;
  for (let tried = 0; ; tried++) {
    const pauseMs = PAUSES_MS[tried];
    try {
      const limit = AbortSignal.timeout(TIMEOUT_MS);
      const answer = await fetcher(url, {
        ...init,
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      });
      const body = await answer.text();
      if (!PASSING.includes(answer.status) || pauseMs === undefined) {
        return { status: answer.status, headers: answer.headers, body };
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (pauseMs === undefined || (error as Error).name === "TimeoutError") throw unreachable(access, error as Error);
    }
    await new Promise((wake) => setTimeout(wake, pauseMs));
    signal?.throwIfAborted();
  }
}

function unreachable({ control, name }: Access, error: Error): CommandFailure {
  const { cause } = error as { cause?: { code?: string; message?: string } };
  const why =
    error.name === "TimeoutError"
      ? `no answer in ${TIMEOUT_MS / 1_000} s`
      : (cause?.code ?? cause?.message ?? error.message);
  const fix =
    name === "local" ? "is heddle dev still running?" : "check the URL with heddle context show, and the network";
  return new CommandFailure("unreachable", `the control plane at ${control} cannot be reached (${why})`, fix, 3);
}
