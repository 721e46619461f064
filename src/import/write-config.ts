import { stringify } from "yaml";

/**
 * The text of heddle.yaml.
 *
 * - `config`: plain values. Keys are written in their own order; the same value gives the same bytes.
 * - `heading`: lines of a comment above it. Empty: none.
 *
 * Fields that are undefined are left out. Never throws.
 */
export function configText(config: Readonly<Record<string, unknown>>, heading: readonly string[]): string {
  const comment = heading.map((line) => (line === "" ? "#\n" : `# ${line}\n`)).join("");
  return `${comment}${stringify(config, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}
