/**
 * The manual as a page for man(1), in the macros that every troff, groff and mandoc has.
 *
 * Source: man(7) of groff and of mandoc.
 */
import type { Block } from "./manual.ts";

/** - `version`: of the command. */
export function manualPage(blocks: readonly Block[], version: string): string {
  const title = `.TH HEDDLE 1 "" "heddle ${escaped(version)}" "User Commands"`;
  const name = ".SH NAME\nheddle \\- a service mesh for the edge";
  const page = [title, name, ...blocks.map(written)].join("\n");
  // A section begins a paragraph by itself.
  return `${page.replaceAll(/^(\.S[HS] .*)\n\.PP$/gm, "$1")}\n`;
}

function written(block: Block): string {
  switch (block.kind) {
    case "heading":
      return block.level === 1 ? `.SH ${escaped(block.text.toUpperCase())}` : `.SS ${escaped(block.text)}`;
    case "text":
      return `.PP\n${guarded(escaped(block.text.replaceAll("`", "")))}`;
    case "lines":
      return [".PP", ".RS 4", ".nf", ...block.lines.map((line) => guarded(escaped(line))), ".fi", ".RE"].join("\n");
    case "terms":
      return block.terms.map(([term, means]) => `.TP\n\\fB${escaped(term)}\\fR\n${guarded(escaped(means))}`).join("\n");
  }
}

/** Backslashes and the marks that troff would make typographic ones of. What is not ASCII goes by its code point. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\(rs")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replaceAll(/\P{ASCII}/gu, (char) => `\\[u${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`);
}

/** A line that begins with a dot would be a request. */
function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}
