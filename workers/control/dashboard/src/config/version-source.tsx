import type { ConfigSource } from "../../../../../src/core/mesh-version.ts";
import { useAnswer } from "../live/use-answer.ts";
import { Card } from "../parts/card.tsx";
import { Scrollable } from "../parts/scrollable.tsx";
import { Empty, ProblemView } from "../parts/states.tsx";

/** What was written, as it was written. */
export function VersionSource({ version }: { readonly version: number }) {
  const { value, problem } = useAnswer<{ readonly source: ConfigSource | null }>(`/v1/config/versions/${version}`);
  return (
    <Card title={`Source of version ${version}`} {...(value?.source && { note: value.source.format.toUpperCase() })}>
      {problem !== null && <ProblemView problem={problem} />}
      {value !== null && value.source === null && <Empty title="It was put in force without its source" />}
      {value !== null && value.source !== null && (
        <Scrollable label={`Text of version ${version}`} class="source">
          <pre>{value.source.text}</pre>
        </Scrollable>
      )}
    </Card>
  );
}
