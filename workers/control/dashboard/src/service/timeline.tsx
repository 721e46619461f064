/** The last hour of an endpoint as a strip: in service, on trial, out. */
import type { MeshEvent } from "../api/shapes.ts";
import { clock } from "../format.ts";
import { nowMs } from "../live/clock.ts";
import { eventTitle, phaseAfter } from "../mesh/event-look.ts";

const HOUR_MS = 3_600_000;
const TONES = { in: "good", trial: "warn", out: "bad" } as const;
const WORDS = { in: "in service", trial: "on trial", out: "ejected" } as const;

interface TimelineProps {
  readonly endpoint: string;
  /** Newest first. */
  readonly events: readonly MeshEvent[];
}

export function Timeline({ endpoint, events }: TimelineProps) {
  const now = nowMs.value;
  const since = now - HOUR_MS;
  const turns = events
    .flatMap((event) => {
      const phase = phaseAfter(event);
      return phase === null || event.atMs < since ? [] : [{ atMs: event.atMs, phase, title: eventTitle(event) }];
    })
    .reverse();
  const spells = turns.map((turn, i) => ({ ...turn, untilMs: turns[i + 1]?.atMs ?? now }));
  const at = (ms: number) => `${((ms - since) / HOUR_MS) * 100}%`;
  const ejections = turns.filter(({ phase }) => phase === "out").length;
  const said =
    ejections === 0 ? "in service all the time" : `ejected ${ejections} ${ejections === 1 ? "time" : "times"}`;
  return (
    <div class="timeline">
      <span class="soft small">1 h ago</span>
      <div class="strip" role="img" aria-label={`${endpoint} in the last hour: ${said}`}>
        {spells
          .filter(({ phase }) => phase !== "in")
          .map(({ atMs, untilMs, phase, title }) => (
            <i
              key={atMs}
              data-tone={TONES[phase]}
              title={`${clock(atMs)} ${WORDS[phase]}: ${title}`}
              style={{ left: at(atMs), width: `max(3px, ${((untilMs - atMs) / HOUR_MS) * 100}%)` }}
            />
          ))}
      </div>
      <span class="soft small">now</span>
    </div>
  );
}
