/** What the translation of documents has to say of them. Collected while it runs, in any order. */
import { type Finding, OPENS_ACCESS, type Severity } from "../report.ts";

/** `security`: a rule that keeps somebody out is not carried over. The rest as in a finding. */
export type NoteKind = Severity | "security";

export interface Note {
  readonly kind: NoteKind;
  /** Index of the document among those given. */
  readonly document: number;
  /** In the document, as one would write it in code: "spec.http[0].match[1].sourceLabels"; "" for all of it. */
  readonly path: string;
  readonly message: string;
}

/** What a document is called in a report. */
export interface DocumentName {
  readonly file: string;
  readonly kind: string;
  readonly name: string;
}

const REASONS: Readonly<Record<NoteKind, string>> = {
  invalid: "Invalid",
  security: OPENS_ACCESS,
  dropped: "NotSupported",
  changed: "WorksDifferently",
};

/** Collects the notes of one import. The same note is kept once. */
export class Notes {
  readonly #all = new Map<string, Note>();
  readonly #invalid = new Set<number>();

  add(note: Note): void {
    if (note.kind === "invalid") this.#invalid.add(note.document);
    this.#all.set(`${note.document} ${note.path} ${note.kind} ${note.message}`, note);
  }

  /** Whether a document was found to break its own API. */
  isInvalid(document: number): boolean {
    return this.#invalid.has(document);
  }

  /** Of an invalid document only what makes it so: nothing else of it was used. */
  findings(nameOf: (document: number) => DocumentName): Finding[] {
    return [...this.#all.values()]
      .filter(({ document, kind }) => kind === "invalid" || !this.isInvalid(document))
      .map(({ document, kind, path, message }) => ({
        ...nameOf(document),
        path,
        severity: kind === "security" ? "dropped" : kind,
        reason: REASONS[kind],
        message,
      }));
  }
}
