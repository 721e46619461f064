import type { AuthorizationDecision } from "../../core/authz/decision.ts";
import type { Paint } from "../terminal.ts";
import type { ExplainedAuthorization } from "./explanation.ts";

/** What policies say of a request, as lines of text. */
export function renderAuthorization({ principal, asks, decision, matched }: ExplainedAuthorization, paint: Paint) {
  const who = principal === "" ? "nobody in particular" : principal;
  const others = matched.filter(({ action, dryRun }) => dryRun || action === "AUDIT");
  return [
    `authorization ${paint.dim(`for ${who}`)}`,
    ...asks.map((name) => `  asks ${paint.bold(name)} first`),
    `  ${decision.allowed ? paint.green(sentence(decision)) : paint.red(sentence(decision))}`,
    ...others.map(({ policy, rule, action, dryRun }) =>
      paint.dim(`  ${action}${dryRun ? " on trial" : ""}: policy ${policy}, rule ${rule} matches and decides nothing`),
    ),
  ];
}

function sentence(decision: AuthorizationDecision): string {
  switch (decision.because) {
    case "no_allow_policy":
      return "allowed: no DENY policy matches, and there is no ALLOW policy";
    case "allow":
      return `allowed by policy ${decision.policy}, rule ${decision.rule}`;
    case "deny":
      return `the answer is 403: refused by policy ${decision.policy}, rule ${decision.rule}`;
    case "no_match":
      return "the answer is 403: no ALLOW policy matches";
    case "unreadable_path":
      return "the answer is 403: origins read this path in too many ways, or climb in one of them";
  }
}
