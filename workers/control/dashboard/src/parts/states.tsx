/** What a part of a page shows when it has nothing to show, and why. */
import type { ComponentChildren } from "preact";
import type { Problem } from "../api/client.ts";

/** Nothing is wrong: there is just nothing. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <svg class="empty-art" viewBox="0 0 96 40" aria-hidden="true">
        <path d="M2 10c28 0 28 20 46 20s18-20 46-20" />
        <path d="M2 20h92" />
        <path d="M2 30c28 0 28-20 46-20s18 20 46 20" />
        <circle cx="48" cy="20" r="4" />
      </svg>
      <p class="empty-title">{title}</p>
      {children !== undefined && <div class="empty-text">{children}</div>}
    </div>
  );
}

/** A problem as the control plane tells it, with every fault and what to do. */
export function ProblemView({ problem }: { readonly problem: Problem }) {
  const fix = fixOf(problem);
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{problem.title}</strong>
        {problem.status > 0 && <span class="code">{problem.status}</span>}
      </p>
      {problem.detail !== "" && <p>{problem.detail}</p>}
      {problem.faults.length > 0 && (
        <ul>
          {problem.faults.slice(0, 20).map(({ path, message, line }) => (
            <li key={`${path}${message}`}>
              {path !== "" && <code>{path}</code>} {message}
              {line !== undefined && <span class="soft"> (line {line})</span>}
            </li>
          ))}
        </ul>
      )}
      {fix !== "" && <p class="fix">{fix}</p>}
      {problem.instance !== "" && <p class="soft small">Request {problem.instance}</p>}
    </div>
  );
}

/** Shown while the first answer is on its way. */
export function Waiting({ what }: { readonly what: string }) {
  return (
    <div class="waiting" role="status">
      <span class="loom" aria-hidden="true" />
      Looking at {what}
    </div>
  );
}

function fixOf({ status, body }: Problem): string {
  if (typeof body.fix === "string" && body.fix !== "") return body.fix;
  switch (status) {
    case 0:
      return "Check the network, or wait: this page tries again by itself.";
    case 401:
      return "Sign in with another token: heddle token create makes one.";
    case 403:
      return "Ask somebody with the scope admin for a token that may do this.";
    case 409:
      return "Look at what is in force now, then try again.";
    case 412:
      return "Somebody changed the config meanwhile. Look at the versions, then try again.";
    case 429:
      return "Wait a moment, then try again.";
    case 503:
      return "It comes back by itself. Traffic goes on without it.";
    default:
      return "";
  }
}
