/** The admin API's explain: an isolate of the edge says how it would route a request. */
import { z } from "zod";
import type { Explanation } from "../explain/explanation.ts";
import type { Control } from "./client.ts";

export interface Question {
  readonly url: string;
  readonly method: string;
  /** Each `Name:value`. */
  readonly headers: readonly string[];
}

/** The edge's own answer, which the control plane passes on. */
const explanationShape = z.custom<Explanation>(
  (value) => typeof value === "object" && value !== null && Array.isArray((value as Partial<Explanation>).backends),
);

export function explain(control: Control, { url, method, headers }: Question): Promise<Explanation> {
  const named = headers.map((header) => {
    const at = header.indexOf(":");
    return [header.slice(0, at).trim(), header.slice(at + 1).trim()] as const;
  });
  return control.get("/v1/explain", explanationShape, {
    method: "POST",
    json: { url, method, headers: Object.fromEntries(named) },
  });
}
