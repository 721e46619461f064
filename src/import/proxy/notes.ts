/** What the translation of a document has to say of it. Collected while it runs, in any order; sorted at the end. */

/**
 * - `invalid`: the resource breaks its own API; nothing of it is used.
 * - `security`: a rule that keeps somebody out is not carried over.
 * - `dropped`: not carried over.
 * - `changed`: carried over, and works differently from the original in the way the reason says.
 */
export type NoteKind = "invalid" | "security" | "dropped" | "changed";

export interface Note {
  readonly kind: NoteKind;
  /** Position of the document among those given, which is the order of the report. */
  readonly document: number;
  /** In the document, as one would write it in code: "spec.http[0].match[1].sourceLabels"; "" for all of it. */
  readonly path: string;
  readonly reason: string;
}

/** Collects notes of one import. The same note is kept once. */
export class Notes {
  readonly #all = new Map<string, Note>();

  add(note: Note): void {
    this.#all.set(`${note.document} ${note.path} ${note.kind} ${note.reason}`, note);
  }

  /** Whether a document was found to be invalid. */
  isInvalid(document: number): boolean {
    return this.all().some((note) => note.kind === "invalid" && note.document === document);
  }

  /** By document, then in the order they were found. */
  all(): readonly Note[] {
    return [...this.#all.values()].sort((a, b) => a.document - b.document);
  }
}
