/** What a regular expression says, once it is parsed. Groups and greediness do not matter to whether it matches. */
import type { CodePoints } from "./code-points.ts";

export type Expression =
  | { readonly type: "set"; readonly points: CodePoints }
  | { readonly type: "sequence" | "choice"; readonly parts: readonly Expression[] }
  /** `max` may be Infinity. */
  | { readonly type: "repeat"; readonly part: Expression; readonly min: number; readonly max: number }
  | { readonly type: "assertion"; readonly kind: Assertion };

export type Assertion = "start" | "end" | "lineStart" | "lineEnd" | "word" | "notWord";

/** What is wrong with a pattern, and where. `at`: 0-based, in UTF-16 units. */
export class PatternFault extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}
