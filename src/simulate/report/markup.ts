/** Text that is safe to stand in HTML and SVG. Everything put into a template is escaped unless it is markup already. */

export interface Markup {
  readonly markup: string;
}

type Part = Markup | string | number | null | readonly Part[];

/** Markup from a template: strings and numbers are escaped, lists are joined, null is nothing. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let markup = texts[0]!;
  for (const [index, part] of parts.entries()) markup += write(part) + texts[index + 1]!;
  return { markup };
}

/** Text that is markup already: our own style, script and coordinates, nothing from a user. */
export function trusted(markup: string): Markup {
  return { markup };
}

/** Escapes text for an element's content and for quoted attributes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** JSON for a script element: nothing in it can end the element. */
export function jsonForScript(value: unknown): Markup {
  return { markup: JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, codeUnit) };
}

function write(part: Part): string {
  if (part === null) return "";
  if (typeof part === "string") return escapeText(part);
  if (typeof part === "number") return `${part}`;
  return "markup" in part ? part.markup : part.map(write).join("");
}

function codeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
