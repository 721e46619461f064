import type { Paint } from "../terminal.ts";
import type { ExplainedAuthentication } from "./explanation.ts";

/** Who a request would be taken to be, as lines of text. */
export function renderAuthentication(
  { providers, required, unasked = [], verdict }: ExplainedAuthentication,
  paint: Paint,
): string[] {
  const without = required ? "the answer is 401" : "the caller is anonymous";
  return [
    `authentication by ${providers.join(", ")} ${paint.dim(`(without a credential ${without})`)}`,
    ...(verdict === undefined ? [] : [`  ${sentence(verdict, unasked.length > 0, paint)}`]),
    ...(unasked.length === 0 ? [] : [paint.dim(`  not looked at here: credentials for ${unasked.join(", ")}`)]),
  ];
}

function sentence(verdict: NonNullable<ExplainedAuthentication["verdict"]>, isPartial: boolean, paint: Paint): string {
  if (!verdict.ok) {
    const { status, provider, why } = verdict;
    return paint.red(`the answer is ${status}: ${provider === "" ? why : `${provider}: ${why}`}`);
  }
  const { principal, by } = verdict;
  if (principal === "") return `the request brings no credential${isPartial ? " that is looked at here" : ""}`;
  return paint.green(`${principal}, known to ${by}`);
}
