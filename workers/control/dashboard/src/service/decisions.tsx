/** Samples of what isolates decide, as they decide it. They are taken only while somebody looks. */
import { useEffect, useState } from "preact/hooks";
import type { Decision } from "../api/shapes.ts";
import { clock, ms, percent } from "../format.ts";
import { decisions, isLive, watchDecisions } from "../live/socket.ts";
import { Card } from "../parts/card.tsx";
import { ToneMark } from "../parts/icon.tsx";
import { Empty } from "../parts/states.tsx";

const SHOWN = 12;

export function Decisions({ service }: { readonly service: string }) {
  const [held, setHeld] = useState<readonly Decision[] | null>(null);
  useEffect(() => {
    watchDecisions(service);
    return () => watchDecisions(null);
  }, [service]);
  const shown = (held ?? decisions.value).filter((decision) => decision.service === service).slice(0, SHOWN);
  const tools = (
    <button
      type="button"
      class="button small"
      aria-pressed={held !== null}
      onClick={() => setHeld(held === null ? decisions.peek() : null)}
    >
      {held === null ? "Hold" : "Go on"}
    </button>
  );
  return (
    <Card title="Live decisions" note="A sample: request, candidates, winner, outcome" tools={isLive.value && tools}>
      {!isLive.value ? (
        <Empty title="No live stream now">
          <p>Decisions come through the live socket, which is not open. It is tried again by itself.</p>
        </Empty>
      ) : shown.length === 0 ? (
        <Empty title="Waiting for the next request">
          <p>Isolates send samples with their next report.</p>
        </Empty>
      ) : (
        <ol class="decisions">
          {shown.map((decision, i) => (
            <DecisionView key={`${decision.atMs}${decision.path}${i}`} decision={decision} />
          ))}
        </ol>
      )}
    </Card>
  );
}

function DecisionView({ decision }: { readonly decision: Decision }) {
  const { atMs, method, path, region, candidates, winner, attempts, status, latencyMs } = decision;
  const tone = status >= 500 || status === 0 ? "bad" : attempts.length > 1 ? "warn" : "good";
  return (
    <li>
      <ToneMark tone={tone} />
      <div>
        <p class="decision-request">
          <b>{method}</b> <span class="path">{path}</span>
          <span class="soft">
            {status} · {ms(latencyMs)}
          </span>
        </p>
        <p class="decision-way">
          {candidates.slice(0, 6).map(({ id, probability, cost, state }) => (
            <span key={id} class={id === winner ? "candidate won" : "candidate"} title={state}>
              {id} {probability !== undefined ? percent(probability) : cost == null ? "" : cost.toFixed(1)}
            </span>
          ))}
        </p>
        {(attempts.length > 1 || winner === "") && (
          <p class="soft small">
            {[
              ...attempts.map(({ id, outcome }) => `${id} ${outcome}`),
              ...(winner === "" ? ["answered by the mesh itself"] : []),
            ].join(" → ")}
          </p>
        )}
        <p class="soft small">
          {clock(atMs)} {region}
        </p>
      </div>
    </li>
  );
}
