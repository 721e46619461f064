/** Rollouts: where each stands, what was seen of both sides, and what to tell it. */
import type { RolloutDescription } from "../../../../../src/core/rollout/description.ts";
import type { RolloutAction } from "../../../../../src/core/rollout/rollout.ts";
import { may } from "../access/session.ts";
import { dialog } from "../actions/dialog.ts";
import { call } from "../api/client.ts";
import type { Page } from "../api/shapes.ts";
import { ago, ms, percent, span } from "../format.ts";
import { nowMs } from "../live/clock.ts";
import { useAnswer } from "../live/use-answer.ts";
import type { Mood } from "../mesh/health.ts";
import { Badge } from "../parts/badge.tsx";
import { Card } from "../parts/card.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, ProblemView, Waiting } from "../parts/states.tsx";
import { LimitTable } from "./limit-table.tsx";

const MOODS: Readonly<Record<RolloutDescription["phase"], Mood>> = {
  idle: { tone: "unknown", word: "Not started" },
  running: { tone: "good", word: "Running" },
  paused: { tone: "warn", word: "Paused" },
  promoted: { tone: "good", word: "Promoted" },
  "rolled-back": { tone: "bad", word: "Rolled back" },
  aborted: { tone: "off", word: "Aborted" },
};

const OFFERED: Readonly<Record<RolloutDescription["phase"], readonly RolloutAction[]>> = {
  idle: ["start"],
  running: ["pause", "promote", "abort"],
  paused: ["resume", "promote", "abort"],
  promoted: ["start"],
  "rolled-back": ["start"],
  aborted: ["start"],
};

export function RolloutsPage() {
  const { value, problem, again } = useAnswer<Page<RolloutDescription>>("/v1/rollouts?limit=100", 2_000);
  return (
    <>
      <PageHead
        title="Rollouts"
        text="Services on their way to the next version, a step at a time, judged by what the canary meets."
      />
      {problem !== null && <ProblemView problem={problem} />}
      {value === null && problem === null && <Waiting what="rollouts" />}
      {value?.items.length === 0 && (
        <Card title="Rollouts">
          <Empty title="Nothing is on its way">
            <p>The config in force has no rollout. One looks like this:</p>
            <pre>{"rollouts:\n  shop-v2: { stable: shop, canary: shop-next }"}</pre>
          </Empty>
        </Card>
      )}
      {value?.items.map((rollout) => (
        <RolloutCard key={rollout.name} rollout={rollout} onChange={again} />
      ))}
    </>
  );
}

function RolloutCard({ rollout, onChange }: { readonly rollout: RolloutDescription; readonly onChange: () => void }) {
  const {
    name,
    phase,
    step,
    steps,
    percent: share,
    why,
    stable,
    canary,
    bakedMs,
    bakeMs,
    unheard,
    history,
    judgement,
  } = rollout;
  const tools =
    may("operate") &&
    OFFERED[phase].map((action) => (
      <button key={action} type="button" class="button small" onClick={() => askRollout(rollout, action, onChange)}>
        {VERBS[action]}
        <span class="for-readers"> {name}</span>
      </button>
    ));
  return (
    <Card title={name} note={`${stable.service} → ${canary.service}`} tools={tools || undefined}>
      <div class="rollout">
        <p class="rollout-state">
          <Badge mood={MOODS[phase]} />
          <b>{share}%</b> to the canary{why === "" ? "" : `: ${why}`}
        </p>
        <ol class="steps" aria-label={`Step ${step + 1} of ${steps}`}>
          {Array.from({ length: steps }, (_, i) => (
            <li
              key={i}
              data-state={i < step || phase === "promoted" ? "done" : i === step && phase !== "idle" ? "now" : "ahead"}
            >
              <i style={{ width: i === step && bakeMs > 0 ? `${Math.min(100, (bakedMs / bakeMs) * 100)}%` : "100%" }} />
            </li>
          ))}
        </ol>
        {phase === "running" && bakeMs > 0 && (
          <p class="soft small">
            Step {step + 1} of {steps}, {span(bakedMs)} of {span(bakeMs)} seen
          </p>
        )}
        <div class="rollout-seen">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Side</th>
                <th scope="col" class="number">
                  Requests
                </th>
                <th scope="col" class="number">
                  Failures
                </th>
                <th scope="col" class="number">
                  p99
                </th>
              </tr>
            </thead>
            <tbody>
              {[stable, canary].map((side, i) => (
                <tr key={side.service}>
                  <th scope="row">
                    {side.service} <small class="why">{i === 0 ? "stable" : "canary"}</small>
                  </th>
                  <td class="number">{side.requests.toLocaleString("en")}</td>
                  <td class="number">{percent(side.requests === 0 ? null : side.failureRatio)}</td>
                  <td class="number">{ms(side.requests === 0 ? null : side.p99Ms)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {judgement !== null && phase !== "idle" && (
            <LimitTable checks={judgement.checks} isUnseen={canary.requests === 0} />
          )}
        </div>
        {unheard.length > 0 && <p class="soft small">Not heard yet: {unheard.join(", ")}</p>}
        {history.length > 0 && (
          <details>
            <summary>History of {name}</summary>
            <ol class="rollout-history">
              {history.map((event) => (
                <li key={`${event.atMs}${event.phase}${event.step}`}>
                  {ago(event.atMs, nowMs.value)}: {event.phase}, {event.percent}%
                  {event.by === "" ? "" : ` by ${event.by}`}
                  {event.why === "" ? "" : `: ${event.why}`}
                </li>
              ))}
            </ol>
          </details>
        )}
      </div>
    </Card>
  );
}

const VERBS: Readonly<Record<RolloutAction, string>> = {
  start: "Start",
  pause: "Pause",
  resume: "Resume",
  promote: "Promote",
  abort: "Abort",
};

const EFFECTS: Readonly<Record<RolloutAction, string>> = {
  start: "The canary gets its first share of the requests, and is judged by what it meets.",
  pause: "The weight stays as it is until somebody resumes.",
  resume: "The step goes on from where it was paused.",
  promote: "All requests go to the canary, without the steps that are left.",
  abort: "All requests go back to the stable side.",
};

function askRollout({ name }: RolloutDescription, action: RolloutAction, onDone: () => void): void {
  dialog.value = {
    title: `${VERBS[action]} ${name}?`,
    text: EFFECTS[action],
    verb: VERBS[action],
    tone: action === "promote" || action === "abort" ? "bad" : "plain",
    run: async () => {
      const answer = await call(`/v1/rollouts/${encodeURIComponent(name)}`, { method: "POST", json: { action } });
      if (answer.ok) onDone();
      return answer;
    },
    done: () => `${name}: ${action} is said.`,
  };
}
