/** Versions of the config: who put which in force, what each changed, and the way back. */
import { useState } from "preact/hooks";
import type { VersionMeta } from "../../../../../src/core/mesh-version.ts";
import { may } from "../access/session.ts";
import { dialog } from "../actions/dialog.ts";
import { call } from "../api/client.ts";
import type { Page } from "../api/shapes.ts";
import { NotAllowed } from "../events/events-page.tsx";
import { ago, bytes, dateTime, span } from "../format.ts";
import { nowMs } from "../live/clock.ts";
import { useAnswer } from "../live/use-answer.ts";
import type { Mood } from "../mesh/health.ts";
import { Badge } from "../parts/badge.tsx";
import { Card } from "../parts/card.tsx";
import { Icon } from "../parts/icon.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, ProblemView, Waiting } from "../parts/states.tsx";
import { VersionDiff } from "./version-diff.tsx";
import { VersionSource } from "./version-source.tsx";

export function ConfigPage() {
  const allowed = may("read");
  const { value, problem, again } = useAnswer<Page<VersionMeta>>(
    allowed ? "/v1/config/versions?limit=100" : null,
    4_000,
  );
  const versions = value?.items ?? [];
  const [chosen, setChosen] = useState<number | null>(null);
  const inForce = versions[0];
  const shown = versions.find(({ version }) => version === chosen) ?? inForce;
  const before = shown === undefined ? undefined : versions[versions.indexOf(shown) + 1];
  return (
    <>
      <PageHead
        title="Config"
        text="Every version that was in force. A rollback is a new version with the content of a former one."
      />
      {!allowed && <NotAllowed what="The config" scope="read" />}
      {problem !== null && <ProblemView problem={problem} />}
      {allowed && value === null && problem === null && <Waiting what="versions" />}
      {value !== null && versions.length === 0 && (
        <Card title="Versions">
          <Empty title="Nothing was applied yet">
            <p>The config that was bundled at deploy is in force. The first version comes with</p>
            <pre>heddle apply heddle.yaml</pre>
          </Empty>
        </Card>
      )}
      {shown !== undefined && inForce !== undefined && (
        <div class="columns even">
          <Card title="Versions">
            <ul class="versions">
              {versions.map((meta) => (
                <VersionRow
                  key={meta.version}
                  meta={meta}
                  inForce={inForce}
                  isShown={meta === shown}
                  onShow={() => setChosen(meta.version)}
                  onChange={again}
                />
              ))}
            </ul>
          </Card>
          <div class="main-column">
            <VersionDiff version={shown.version} before={before?.version ?? null} />
            <VersionSource version={shown.version} />
          </div>
        </div>
      )}
    </>
  );
}

interface VersionRowProps {
  readonly meta: VersionMeta;
  readonly inForce: VersionMeta;
  readonly isShown: boolean;
  readonly onShow: () => void;
  readonly onChange: () => void;
}

function VersionRow({ meta, inForce, isShown, onShow, onChange }: VersionRowProps) {
  const { version, author, message, atMs, kind, of, bytes: size, pinned, guard } = meta;
  const isInForce = version === inForce.version;
  return (
    <li class="version" data-shown={isShown}>
      <button type="button" class="version-open" aria-pressed={isShown} onClick={onShow}>
        <span class="version-number">{version}</span>
        <span class="version-text">
          <b>{message === "" ? (kind === "apply" ? "No message" : `Back to version ${of}`) : message}</b>
          <small>
            {author === "" ? "nobody signed" : author}, <time title={dateTime(atMs)}>{ago(atMs, nowMs.value)}</time>,{" "}
            {bytes(size)}
            {kind === "apply" ? "" : `, content of ${of}`}
          </small>
        </span>
      </button>
      <div class="version-side">
        {isInForce && <Badge mood={{ tone: "good", word: "In force" }} />}
        {guard !== undefined && <Badge mood={guardMood(guard, nowMs.value)} />}
        {pinned && (
          <span class="pinned" title="Kept for good">
            <Icon name="pin" />
            <span class="for-readers">Pinned</span>
          </span>
        )}
        {!isInForce && may("admin") && (
          <button type="button" class="button small" onClick={() => askRollback(meta, inForce, onChange)}>
            Roll back<span class="for-readers"> to version {version}</span>
          </button>
        )}
      </div>
    </li>
  );
}

function guardMood(guard: NonNullable<VersionMeta["guard"]>, now: number): Mood {
  switch (guard.state) {
    case "watching":
      return { tone: "warn", word: `Watched, ${span(guard.untilMs - now)}` };
    case "passed":
      return { tone: "good", word: "Guard passed" };
    case "rolled-back":
      return { tone: "bad", word: "Taken back" };
    case "ended":
      return { tone: "off", word: "Guard ended" };
  }
}

function askRollback({ version, message }: VersionMeta, inForce: VersionMeta, onDone: () => void): void {
  dialog.value = {
    title: `Roll back to version ${version}?`,
    text: `Version ${inForce.version} is in force. A new version with the content of ${version}${message === "" ? "" : ` (${message})`} takes its place, within seconds and without a restart.`,
    verb: "Roll back",
    tone: "bad",
    fields: [{ name: "message", label: "Message", kind: "text", value: "", hint: "For the history" }],
    run: async (values) => {
      const answer = await call<{ version: VersionMeta }>("/v1/config/rollback", {
        method: "POST",
        json: { to: version, ...(values.message !== "" && { message: values.message }) },
        headers: { "if-match": `"${inForce.version}"` },
      });
      if (answer.ok) onDone();
      return answer;
    },
    done: (_, value) => {
      const made = (value as { version: VersionMeta }).version.version;
      return `Version ${made} is in force, with the content of ${version}.`;
    },
  };
}
