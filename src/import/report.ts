/** What an import gives: a mesh config and everything that could not become part of it as it was. */

/**
 * dropped: it is left out. changed: it is carried over, and does something else than before. invalid: the resource breaks
 * the rules of its kind and is left out whole.
 */
export type Severity = "dropped" | "changed" | "invalid";

/** The reason of a finding on what keeps somebody out: who imports has to see it. */
export const OPENS_ACCESS = "OpensAccess";

/** A condition as Kubernetes writes it into a status. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
}

/** One thing that is not in the config as it was in the source. */
export interface Finding {
  /** As named on the command line; "-" for standard input. */
  readonly file: string;
  readonly kind: string;
  /** `namespace/name`, or the name alone where there is no namespace. */
  readonly name: string;
  /** Where in the resource, as one would write it in code; "" for the resource as a whole. */
  readonly path: string;
  readonly severity: Severity;
  /** In CamelCase; the source format's own word where it has one. */
  readonly reason: string;
  /** What is lost and, where there is something, what to do about it. */
  readonly message: string;
  readonly condition?: Condition;
}

/** What the source format would report of an object, or of a part of it: of a listener, or of a route at one parent. */
export interface ObjectStatus {
  readonly kind: string;
  readonly name: string;
  /** The part: a listener's name, a parent as `Kind namespace/name[/section][:port]`; "" for the object. */
  readonly part: string;
  readonly conditions: readonly Condition[];
  /** Of a listener: the kinds of routes that may attach, and how many did. */
  readonly supportedKinds?: readonly string[];
  readonly attachedRoutes?: number;
  /** Of a Gateway: how many ListenerSets it has. */
  readonly attachedListenerSets?: number;
}

export interface ImportResult {
  /** In the shape of MeshConfigInput. Its keys are in the order in which they are to be written. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly findings: readonly Finding[];
  /** For formats that have conditions. */
  readonly statuses?: readonly ObjectStatus[];
}

/** Why nothing could be imported: what was asked for does not fit what was read. */
export interface ImportRefusal {
  /** What is wrong, as a sentence. */
  readonly refusal: string;
  /** What to do about it; "" when there is nothing to suggest. */
  readonly fix: string;
}

/** Orders findings by what they are about, so that the order of the input does not show. Never throws. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return findings
    .map((finding) => ({ finding, key: sortKey(finding) }))
    .sort(byKey)
    .map(({ finding }) => finding);
}

function sortKey({ kind, name, path, reason, message, file }: Finding): string {
  // Indices by value: [2] before [10].
  const place = path.replaceAll(/\d+/g, (digits) => digits.padStart(6, "0"));
  return [kind, name, place, reason, message, file].join("\u0000");
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
