/**
 * Dictionaries of structured fields (RFC 8941 §4.2.2), read strictly: null for anything that is none. Of items strings,
 * integers, tokens, booleans and byte sequences; signatures have no others.
 */

export type BareItem =
  | { readonly type: "string" | "token" | "bytes"; readonly value: string }
  | { readonly type: "integer"; readonly value: number }
  | { readonly type: "boolean"; readonly value: boolean };

export interface Item {
  readonly bare: BareItem;
  readonly params: Params;
}

export type Params = ReadonlyMap<string, BareItem>;

export type Member =
  | ({ readonly kind: "item" } & Item)
  | { readonly kind: "list"; readonly items: readonly Item[]; readonly params: Params };

interface Cursor {
  readonly text: string;
  at: number;
}

/** A dictionary; of a key that is there twice the last counts. Linear. Never throws. */
export function parseDictionary(text: string): ReadonlyMap<string, Member> | null {
  const cursor: Cursor = { text: text.trim(), at: 0 };
  const members = new Map<string, Member>();
  while (cursor.at < cursor.text.length) {
    const key = take(cursor, /[a-z*][a-z0-9_.*-]*/y);
    if (key === null) return null;
    const member = takeText(cursor, "=") ? parseMember(cursor) : parseTrue(cursor);
    if (member === null) return null;
    members.delete(key);
    members.set(key, member);
    take(cursor, /[ \t]*/y);
    if (cursor.at === cursor.text.length) return members;
    if (!takeText(cursor, ",")) return null;
    take(cursor, /[ \t]*/y);
    if (cursor.at === cursor.text.length) return null;
  }
  return members;
}

function parseTrue(cursor: Cursor): Member | null {
  const params = parseParams(cursor);
  return params === null ? null : { kind: "item", bare: { type: "boolean", value: true }, params };
}

function parseMember(cursor: Cursor): Member | null {
  if (!takeText(cursor, "(")) {
    const item = parseItem(cursor);
    return item === null ? null : { kind: "item", ...item };
  }
  const items: Item[] = [];
  for (;;) {
    take(cursor, / */y);
    if (takeText(cursor, ")")) break;
    const item = parseItem(cursor);
    if (item === null) return null;
    items.push(item);
    const next = cursor.text[cursor.at];
    if (next !== " " && next !== ")") return null;
  }
  const params = parseParams(cursor);
  return params === null ? null : { kind: "list", items, params };
}

function parseItem(cursor: Cursor): Item | null {
  const bare = parseBare(cursor);
  const params = bare === null ? null : parseParams(cursor);
  return bare === null || params === null ? null : { bare, params };
}

function parseParams(cursor: Cursor): Params | null {
  const params = new Map<string, BareItem>();
  while (takeText(cursor, ";")) {
    take(cursor, / */y);
    const key = take(cursor, /[a-z*][a-z0-9_.*-]*/y);
    if (key === null) return null;
    const value = takeText(cursor, "=") ? parseBare(cursor) : ({ type: "boolean", value: true } as const);
    if (value === null) return null;
    params.delete(key);
    params.set(key, value);
  }
  return params;
}

function parseBare(cursor: Cursor): BareItem | null {
  const string = take(cursor, /"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/y);
  if (string !== null) return { type: "string", value: string.slice(1, -1).replace(/\\(.)/g, "$1") };
  const integer = take(cursor, /-?[0-9]{1,15}(?![0-9.])/y);
  if (integer !== null) return { type: "integer", value: Number(integer) };
  const bytes = take(cursor, /:[A-Za-z0-9+/]*={0,2}:/y);
  if (bytes !== null) return { type: "bytes", value: bytes.slice(1, -1) };
  const boolean = take(cursor, /\?[01]/y);
  if (boolean !== null) return { type: "boolean", value: boolean === "?1" };
  const token = take(cursor, /[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*/y);
  return token === null ? null : { type: "token", value: token };
}

/** As RFC 8941 §4.1 writes it: what a signature is over, whatever spaces the sender put in. */
export function writeList({ items, params }: Extract<Member, { kind: "list" }>): string {
  return `(${items.map(writeItem).join(" ")})${writeParams(params)}`;
}

export function writeItem({ bare, params }: Item): string {
  return writeBare(bare) + writeParams(params);
}

function writeParams(params: Params): string {
  let text = "";
  for (const [key, bare] of params) {
    text += bare.type === "boolean" && bare.value ? `;${key}` : `;${key}=${writeBare(bare)}`;
  }
  return text;
}

function writeBare(bare: BareItem): string {
  switch (bare.type) {
    case "string":
      return `"${bare.value.replace(/["\\]/g, "\\$&")}"`;
    case "integer":
      return String(bare.value);
    case "token":
      return bare.value;
    case "bytes":
      return `:${bare.value}:`;
    case "boolean":
      return bare.value ? "?1" : "?0";
  }
}

/** Null for what is no base64. Never throws. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}

function take(cursor: Cursor, pattern: RegExp): string | null {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text);
  if (found === null) return null;
  cursor.at = pattern.lastIndex;
  return found[0];
}

function takeText(cursor: Cursor, text: string): boolean {
  if (!cursor.text.startsWith(text, cursor.at)) return false;
  cursor.at += text.length;
  return true;
}
