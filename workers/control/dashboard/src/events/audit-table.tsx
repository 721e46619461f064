import type { AuditEntry } from "../api/shapes.ts";
import { ago, dateTime } from "../format.ts";
import { nowMs } from "../live/clock.ts";
import { Scrollable } from "../parts/scrollable.tsx";

/** Who changed what, with what was there before and after. */
export function AuditTable({ entries }: { readonly entries: readonly AuditEntry[] }) {
  return (
    <ul class="rows">
      {entries.map(({ id, atMs, actor, via, from, action, target, before, after, requestId }) => (
        <li key={id} class="row">
          <div class="row-main">
            <p>
              <b>{actor}</b> {action.replace(".", " ")} <code>{target}</code>
            </p>
            <p class="soft small">
              <time dateTime={new Date(atMs).toISOString()} title={dateTime(atMs)}>
                {ago(atMs, nowMs.value)}
              </time>{" "}
              via {via}
              {from.address === "" ? "" : ` from ${from.address} ${from.country}`} · request {requestId.slice(0, 8)}
            </p>
            <details>
              <summary>
                Before and after
                <span class="for-readers">
                  {" "}
                  of {action} {target}
                </span>
              </summary>
              <div class="before-after">
                <Scrollable label="Before" class="source">
                  <pre>{text(before)}</pre>
                </Scrollable>
                <Scrollable label="After" class="source">
                  <pre>{text(after)}</pre>
                </Scrollable>
              </div>
            </details>
          </div>
        </li>
      ))}
    </ul>
  );
}

function text(value: unknown): string {
  return value == null ? "nothing" : JSON.stringify(value, null, 2);
}
