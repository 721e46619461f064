/** What an operator has to see to about limits that all isolates share. */
import type { GlobalLimits } from "./global-limits.ts";

/** Limits whose object does not answer; usually none. Never throws. */
export function* globalLimitProblems({ holdings }: GlobalLimits): Iterable<string> {
  for (const { limit, links } of holdings.values()) {
    for (const link of links) {
      if (link === undefined || link.failures === 0) continue;
      yield `rate limit ${limit}: ${link.object} does not answer (${link.lastError}); what onFailure says holds`;
    }
  }
}
