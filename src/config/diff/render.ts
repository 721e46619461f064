import type { Change, FieldChange, Leaf, MeshDiff } from "./mesh-diff.ts";

const SIGNS = { added: "+", removed: "-", changed: "~" } as const;
/** Characters of a value that are shown. */
const MAX_VALUE_LENGTH = 80;

/**
 * A diff as lines of text: one for each change, one for each of its settings, and how many there are.
 *
 * - `maxLines`: what is beyond it is counted in the last line.
 */
export function renderDiff({ changes, trafficShare }: MeshDiff, maxLines = 500): string[] {
  if (changes.length === 0) return ["no difference"];
  const lines = changes.flatMap(linesOf);
  const left = lines.length - maxLines;
  const counts = (["added", "changed", "removed"] as const)
    .map((kind) => [kind, changes.filter((change) => change.kind === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`);
  const share = trafficShare == null ? "" : `, ${shareText(trafficShare)}`;
  const total = `${changes.length} ${changes.length === 1 ? "difference" : "differences"}: ${counts.join(", ")}${share}`;
  return [...lines.slice(0, maxLines), ...(left > 0 ? [`… ${left} more lines`] : []), total];
}

function linesOf({ kind, what, name, path, summary, fields, trafficShare }: Change): string[] {
  const title = `${SIGNS[kind]} ${name === "" ? what : `${what} ${name}`}`;
  const rest = [summary, trafficShare == null ? "" : shareText(trafficShare)].filter((text) => text !== "");
  return [rest.length === 0 ? title : `${title}  ${rest.join("  ")}`, ...fields.map((field) => fieldLine(field, path))];
}

function fieldLine({ path, before, after }: FieldChange, base: string): string {
  const below = path.startsWith(`${base}.`) ? path.slice(base.length + 1) : path;
  return `    ${below}: ${valueText(before)} → ${valueText(after)}`;
}

function valueText(value: Leaf | undefined): string {
  if (value === undefined || value === null) return "none";
  const text = typeof value === "string" && value !== "" ? value : JSON.stringify(value);
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH - 1)}…` : text;
}

function shareText(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return "< 0.1 % of traffic";
  return `${Number(percent.toFixed(percent < 10 ? 1 : 0))} % of traffic`;
}
