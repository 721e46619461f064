/**
 * Classifiers from code: what an answer's status and headers say about the endpoint, where the status alone does not. The
 * body is not read for one.
 */
import type { Extension } from "../../core/mesh.ts";
import type { Classified } from "../classify.ts";
import type { Extensions } from "./extensions.ts";
import { noteFault } from "./fault-log.ts";

/** ok: a good answer. failure: the endpoint failed, as by a 500. throttled: it works and asks for less, as by a 429. */
export type Verdict = "ok" | "failure" | "throttled";

/** Undefined leaves the answer to its status. Called for every answer of the service: it may not wait, nor read the body. */
export type Classifier = (answer: ClassifiedAnswer, settings: unknown) => Verdict | undefined;

export interface ClassifiedAnswer {
  readonly status: number;
  readonly headers: Headers;
}

/** A service's own classifier, ready to run. */
export type Classify = (response: Response, byStatus: Classified) => Classified;

const OUTCOMES = { ok: "ok", failure: "5xx", throttled: "throttled" } as const;

/**
 * The classifier of a service; null when it has none. One that throws, or says nothing known, leaves the answer to its
 * status, and the fault is noted.
 */
export function classifierOf(extension: Extension | undefined, extensions: Extensions): Classify | null {
  const classifier = extension === undefined ? undefined : extensions.classifiers.get(extension.name);
  if (extension === undefined || classifier === undefined) return null;
  const fail = (fault: unknown, byStatus: Classified) => {
    noteFault(extensions.faults, `outcome classifier "${extension.name}"`, fault);
    return byStatus;
  };
  return (response, byStatus) => {
    try {
      const verdict = classifier({ status: response.status, headers: response.headers }, extension.settings);
      if (verdict === undefined) return byStatus;
      if (!Object.hasOwn(OUTCOMES, verdict)) return fail(new Error(`it said ${String(verdict)}`), byStatus);
      return { outcome: OUTCOMES[verdict], neverSent: byStatus.neverSent };
    } catch (fault) {
      return fail(fault, byStatus);
    }
  };
}

/**
 * The status that retries and evidence go by: the answer's own where it fits what the classifier said, else the one that
 * says the same.
 */
export function statusAs({ outcome }: Classified, byStatus: Classified, status: number): number {
  if (outcome === byStatus.outcome) return status;
  return outcome === "ok" ? 200 : outcome === "throttled" ? 429 : 500;
}
