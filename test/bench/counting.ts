/** What counting a request for metrics costs: the tally of an isolate, emptied every thousand requests as a busy one's is. */
import { clearTally, countRequest, countUpstream, createTally } from "../../src/core/traffic/tally.ts";

const REQUESTS_A_REPORT = 1_000;

export function countingWorkloads(): readonly { readonly name: string; readonly body: (i: number) => void }[] {
  return [3, 100].map((endpoints) => {
    const tally = createTally();
    const ids = Array.from({ length: endpoints }, (_, e) => `endpoint-${e}`);
    return {
      name: `count for metrics, ${endpoints} endpoints`,
      body: (i) => {
        const id = ids[i % endpoints]!;
        countUpstream(tally, id, i & 127);
        countRequest(tally, "main", id, "GET", 200, 0, i & 127);
        if (i % REQUESTS_A_REPORT === 0) clearTally(tally);
      },
    };
  });
}
