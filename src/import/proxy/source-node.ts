/**
 * An object of a document while it is read. It remembers which fields somebody asked for, so that whatever the
 * translation does not know is listed and nothing is lost in silence: `finish` on the outermost object does that for the
 * whole document.
 *
 * A field of the wrong type makes the document invalid and reads as absent.
 */
import { type FaultPath, formatPath } from "../../config/fault.ts";
import { isRecord } from "../../config/schema/finding.ts";
import type { NoteKind, Notes } from "./notes.ts";
import { sourceDurationMs } from "./source-duration.ts";

export interface SourcePlace {
  readonly notes: Notes;
  readonly document: number;
  readonly path: FaultPath;
  /** How a name in the document and one asked for are compared: protobuf's JSON takes snake_case and camelCase. */
  readonly fold?: (name: string) => string;
}

export class SourceNode {
  readonly #place: SourcePlace;
  readonly #fields = new Map<string, { readonly name: string; readonly value: unknown }>();
  readonly #read = new Set<string>();
  #passed = false;
  #claimed = false;
  /** By path, so that reading a field again gives the same object and its memory. */
  readonly #children = new Map<string, SourceNode>();

  constructor(value: Readonly<Record<string, unknown>>, place: SourcePlace) {
    this.#place = place;
    for (const [name, field] of Object.entries(value)) {
      // In YAML a key without a value is null, which protobuf reads as absent.
      if (field !== null && field !== undefined) this.#fields.set(this.#fold(name), { name, value: field });
    }
  }

  get path(): string {
    return formatPath(this.#place.path);
  }

  get document(): number {
    return this.#place.document;
  }

  has(name: string): boolean {
    return this.#fields.has(this.#fold(name));
  }

  /** Names as the document writes them. */
  names(): readonly string[] {
    return [...this.#fields.values()].map(({ name }) => name);
  }

  /** The value as it is; what it holds counts as read. */
  raw(name: string): unknown {
    this.#read.add(this.#fold(name));
    return this.#fields.get(this.#fold(name))?.value;
  }

  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === "string") return value;
    return this.#mistyped(name, "text");
  }

  /** Also numbers as text, as protobuf's JSON writes 64-bit ones. */
  number(name: string): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) ? number : this.#mistyped(name, "a number");
  }

  flag(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === "boolean") return value;
    return this.#mistyped(name, "true or false");
  }

  /** Milliseconds, with fractions. */
  durationMs(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    return sourceDurationMs(text) ?? this.#mistyped(name, 'a duration such as "1.5s"');
  }

  object(name: string): SourceNode | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    return isRecord(value) ? this.#child(value, [this.#written(name)]) : this.#mistyped(name, "an object");
  }

  /** A list of objects; an absent one is empty. */
  objects(name: string): readonly SourceNode[] {
    return this.#list(name).flatMap((value, index) => {
      if (isRecord(value)) return [this.#child(value, [this.#written(name), index])];
      this.invalid(`${name}[${index}]`, "has to be an object", [this.#written(name), index]);
      return [];
    });
  }

  texts(name: string): readonly string[] {
    return this.#list(name).flatMap((value, index) => {
      if (typeof value === "string") return [value];
      this.invalid(`${name}[${index}]`, "has to be text", [this.#written(name), index]);
      return [];
    });
  }

  numbers(name: string): readonly number[] {
    return this.#list(name).flatMap((value, index) => {
      const number = typeof value === "string" && value !== "" ? Number(value) : value;
      if (typeof number === "number" && Number.isFinite(number)) return [number];
      this.invalid(`${name}[${index}]`, "has to be a number", [this.#written(name), index]);
      return [];
    });
  }

  /** An object whose values are text, such as labels; an absent one is empty. */
  textByName(name: string): Readonly<Record<string, string>> {
    const value = this.raw(name);
    if (value === undefined) return {};
    if (!isRecord(value)) return this.#mistyped(name, "an object") ?? {};
    const result: [string, string][] = [];
    for (const [key, text] of Object.entries(value)) {
      if (typeof text === "string") result.push([key, text]);
      else this.invalid(`${name}.${key}`, "has to be text", [this.#written(name), key]);
    }
    return Object.fromEntries(result);
  }

  /** Has no effect on requests, or one that the result has anyway. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#read.add(this.#fold(name));
  }

  /** Lists a field as not carried over, when it is there. */
  drop(name: string, reason: string, kind: NoteKind = "dropped"): void {
    if (this.raw(name) !== undefined) this.note(name, reason, kind);
  }

  /** A note on a field, or with "" on the object itself. */
  note(name: string, reason: string, kind: NoteKind = "dropped"): void {
    const path = name === "" ? this.#place.path : [...this.#place.path, this.#written(name)];
    this.#place.notes.add({ kind, document: this.document, path: formatPath(path), message: reason });
  }

  /** `at`: where, when it is deeper than a field. */
  invalid(name: string, message: string, at: FaultPath = name === "" ? [] : [this.#written(name)]): void {
    const path = formatPath([...this.#place.path, ...at]);
    this.#place.notes.add({ kind: "invalid", document: this.document, path, message });
  }

  /** Was looked at and does not apply, unless `claim` says that somewhere it does: nothing of it is listed. */
  pass(): void {
    this.#passed = true;
  }

  claim(): void {
    this.#claimed = true;
  }

  /** Lists every field, here and below, that nobody asked for. */
  finish(reason = "has no equivalent in Heddle"): void {
    if (this.#passed && !this.#claimed) return;
    for (const [key, { name }] of this.#fields) if (!this.#read.has(key)) this.note(name, reason);
    for (const child of this.#children.values()) child.finish(reason);
  }

  #child(value: Record<string, unknown>, at: FaultPath): SourceNode {
    const path = [...this.#place.path, ...at];
    const before = this.#children.get(formatPath(path));
    if (before !== undefined) return before;
    const child = new SourceNode(value, { ...this.#place, path });
    this.#children.set(formatPath(path), child);
    return child;
  }

  #list(name: string): readonly unknown[] {
    const value = this.raw(name);
    if (value === undefined) return [];
    return Array.isArray(value) ? value : (this.#mistyped(name, "a list") ?? []);
  }

  #mistyped(name: string, what: string): undefined {
    this.invalid(name, `has to be ${what}`);
  }

  #written(name: string): string {
    return this.#fields.get(this.#fold(name))?.name ?? name;
  }

  #fold(name: string): string {
    return this.#place.fold === undefined ? name : this.#place.fold(name);
  }
}
