import { z } from "zod";
import { CommandFailure, type ExitCode } from "../failure.ts";
import { plain } from "../plain.ts";
import { faultShape } from "./shapes.ts";

/** What the control plane says when it does not do what it was asked (RFC 9457), as far as it is understood. */
const problemShape = z.looseObject({
  type: z.string().optional(),
  title: z.string().optional(),
  detail: z.string().optional(),
  /** What kind of refusal, for machines. */
  error: z.string().optional(),
  faults: z.array(faultShape).optional(),
});

export type Problem = z.infer<typeof problemShape>;

/** Reads a refusal; a body that is none gives one with a piece of its text as the detail. Never throws. */
export function readProblem(body: string): Problem {
  try {
    const read = problemShape.safeParse(JSON.parse(body));
    if (read.success) return read.data;
  } catch {}
  return body === "" ? {} : { detail: body.slice(0, 300) };
}

/** The failure that a refusal ends a command with, when the command itself has no use for it. */
export function failureOf(status: number, problem: Problem, control: string, hasToken: boolean): CommandFailure {
  const { title = "", detail = "", error = "", faults = [] } = problem;
  // An object behind the API that cannot be asked now says so with its own word.
  const { code, exitCode, fix } = reactionTo(error === "unavailable" ? 503 : status, hasToken);
  const words = [title, detail].filter((text) => text !== "");
  // Where faults follow, the detail says no more than the title, or what one of the faults says.
  const isRepeated = faults.some((fault) => fault.message === detail);
  const whole = (faults.length === 0 ? words : words.slice(isRepeated ? 0 : -1).slice(0, 1)).join(": ");
  // What is about the request is about what the user typed; the rest is about who was asked.
  const isTheirs = [400, 404, 409, 422].includes(status) && detail !== "" && faults.length === 0;
  const listed = faults.map(
    (fault) => `\n  ${plain(fault.path === "" ? fault.message : `${fault.path}: ${fault.message}`)}`,
  );
  const message = isTheirs ? plain(detail) : `${control} answered ${status}${whole === "" ? "" : `: ${plain(whole)}`}`;
  return new CommandFailure(code, `${message}${listed.join("")}`, FIXES[error] ?? fix, exitCode);
}

/** By the `error` of a refusal. */
const FIXES: Readonly<Record<string, string>> = {
  would_empty: "say --force to do it all the same",
  guarding: "wait for its verdict (heddle history), roll it back, or apply with a --guard of your own",
  not_enabled: "allow it in the config: services.NAME.discovery.registration",
  unknown_endpoint: "heddle status SERVICE lists the endpoints",
};

interface Reaction {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly fix: string;
}

function reactionTo(status: number, hasToken: boolean): Reaction {
  switch (status) {
    case 401:
      return {
        code: "unauthorized",
        exitCode: 4,
        fix: hasToken
          ? "the token is unknown, expired or revoked; make another with heddle token create"
          : "give a token with --token or HEDDLE_TOKEN, or keep one with heddle context add",
      };
    case 403:
      return { code: "forbidden", exitCode: 4, fix: "it needs a token with another scope: heddle context show" };
    case 404:
      return { code: "not_found", exitCode: 1, fix: "" };
    case 429:
      return { code: "rate_limited", exitCode: 1, fix: "wait a little, then try again" };
    case 502:
    case 503:
    case 504:
      return { code: "unavailable", exitCode: 3, fix: "try again; traffic is not touched by this" };
    default:
      return { code: status >= 500 ? "control_failed" : "refused", exitCode: 1, fix: "" };
  }
}
