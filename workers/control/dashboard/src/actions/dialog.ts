/** The one dialog there is: something that changes the mesh is asked for here, confirmed, and its refusal is shown. */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Answer } from "../api/client.ts";

export type Values = Readonly<Record<string, string>>;

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind: "text" | "number" | "select";
  readonly value: string;
  readonly hint?: string;
  readonly required?: boolean;
  readonly options?: readonly { readonly value: string; readonly label: string }[];
  /** Shown only while the others are so. */
  readonly when?: (values: Values) => boolean;
}

export interface DialogSpec {
  readonly title: string;
  readonly text: ComponentChildren;
  /** The word on the button: what is done. */
  readonly verb: string;
  readonly tone: "plain" | "bad";
  readonly fields?: readonly Field[];
  readonly run: (values: Values) => Promise<Answer<unknown>>;
  /** What is said when it is done. */
  readonly done: (values: Values, value: unknown) => string;
}

export const dialog = signal<DialogSpec | null>(null);

export interface Notice {
  readonly id: number;
  readonly text: string;
}

export const notices = signal<readonly Notice[]>([]);

const NOTICE_MS = 6_000;
let numbered = 0;

export function notify(text: string): void {
  const id = ++numbered;
  notices.value = [...notices.peek(), { id, text }].slice(-3);
  setTimeout(() => {
    notices.value = notices.peek().filter((notice) => notice.id !== id);
  }, NOTICE_MS);
}
