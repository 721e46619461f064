/** Lists of values in policies: those that the config's schema takes, and what the others come to. */
import type * as z from "zod";
import { faultsOf } from "../proxy/draft.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import { type IstioAction, lossOf, type Verdict } from "./policy-losses.ts";

export interface ValueContext {
  readonly node: SourceNode;
  readonly action: IstioAction;
}

export type Values =
  | { readonly verdict: "kept"; readonly values: readonly string[] }
  | { readonly verdict: "holds" | "fails" };

/**
 * The values of a field. One that no request can have is left out and said: of a list that asks for one of them nothing may
 * be left, and then it fails; of a negation nothing left holds.
 */
export function readValues(
  { node, action }: ValueContext,
  field: string,
  schema: z.ZodType,
  isNegated: boolean,
  written: readonly string[] = node.texts(field),
): Values {
  const kept: string[] = [];
  for (const [index, value] of written.entries()) {
    if (value === "") {
      node.invalid(field, "values must not be empty");
      continue;
    }
    const fault = faultsOf(schema, [value])[0];
    if (fault === undefined) kept.push(value);
    else
      node.note(
        field,
        `[${index}] ${JSON.stringify(value)} ${fault.message}: it is left out`,
        kindOf(action, isNegated),
      );
  }
  if (kept.length > 0) return { verdict: "kept", values: [...new Set(kept)] };
  return { verdict: isNegated ? "holds" : "fails" };
}

/** A negation that is given up lets a rule match more, a value that is given up less. */
function kindOf(action: IstioAction, isNegated: boolean) {
  const loss = lossOf(action);
  if (!isNegated) return loss;
  return loss === "security" ? "changed" : "security";
}

/** A list of which nothing has a meaning at the edge. */
export function withoutMeaning(
  { node, action }: ValueContext,
  field: string,
  isNegated: boolean,
  why: string,
): Verdict {
  if (!node.has(field)) return "kept";
  const outcome = isNegated ? "this condition always holds" : "nobody fits it";
  node.drop(field, `${why}: ${outcome}`, isNegated ? "changed" : lossOf(action));
  return isNegated ? "holds" : "fails";
}
