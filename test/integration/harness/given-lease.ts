import type { ProbeLease } from "../../../src/core/protocol.ts";

/** A lease that an isolate got with its snapshot: by whom it was given, and when. */
export interface GivenLease extends ProbeLease {
  readonly reporter: string;
  readonly object: string;
  readonly atMs: number;
}
