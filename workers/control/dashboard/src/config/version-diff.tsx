/** What a version changed, in meaning. */
import { useState } from "preact/hooks";
import type { Change, Leaf, MeshDiff } from "../../../../../src/config/diff/mesh-diff.ts";
import { percent } from "../format.ts";
import { useAnswer } from "../live/use-answer.ts";
import { Card } from "../parts/card.tsx";
import { Empty, ProblemView, Waiting } from "../parts/states.tsx";

interface VersionDiffProps {
  readonly version: number;
  /** Null: it was the first, or the one before is not kept. */
  readonly before: number | null;
}

export function VersionDiff({ version, before }: VersionDiffProps) {
  const path = before === null ? null : `/v1/config/versions/${before}/diff?to=${version}`;
  const { value, problem } = useAnswer<{ readonly diff: MeshDiff }>(path);
  const title = before === null ? `Version ${version}` : `What version ${version} changed`;
  const touched = value?.diff.trafficShare;
  const note = touched == null ? undefined : `Touches ${percent(touched)} of the present traffic`;
  return (
    <Card title={title} note={note}>
      {before === null && <Empty title="There is none before it to compare with" />}
      {problem !== null && <ProblemView problem={problem} />}
      {before !== null && value === null && problem === null && <Waiting what="what differs" />}
      {value?.diff.changes.length === 0 && <Empty title="It means the same as the one before" />}
      {value !== null && value.diff.changes.length > 0 && (
        <ul class="changes">
          {value.diff.changes.map((change) => (
            <ChangeView key={`${change.kind}${change.path}`} change={change} />
          ))}
        </ul>
      )}
    </Card>
  );
}

const SIGNS = { added: "+", removed: "−", changed: "~" } as const;
const MANY = 8;

function ChangeView({ change }: { readonly change: Change }) {
  const { kind, what, name, summary, fields, trafficShare } = change;
  const [all, setAll] = useState(false);
  const shown = all ? fields : fields.slice(0, MANY);
  return (
    <li class="change" data-kind={kind}>
      <p>
        <span class="sign" aria-hidden="true">
          {SIGNS[kind]}
        </span>
        <b>
          {what} {name}
        </b>{" "}
        {kind}
        {summary === "" ? "" : `: ${summary}`}
        {trafficShare != null && <span class="soft"> · {percent(trafficShare)} of the traffic</span>}
      </p>
      {shown.length > 0 && (
        <dl class="fields">
          {shown.map(({ path, before, after }) => (
            <div key={path}>
              <dt>{path}</dt>
              <dd>
                <del>{leaf(before)}</del> <span aria-hidden="true">→</span> <ins>{leaf(after)}</ins>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {fields.length > shown.length && (
        <button type="button" class="button small" onClick={() => setAll(true)}>
          {fields.length - shown.length} more
        </button>
      )}
    </li>
  );
}

function leaf(value: Leaf | undefined): string {
  if (value === undefined) return "not set";
  return Array.isArray(value) ? `[${value.join(", ")}]` : String(value);
}
