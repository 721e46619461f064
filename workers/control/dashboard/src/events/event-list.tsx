import { ago, dateTime } from "../format.ts";
import { nowMs } from "../live/clock.ts";
import { type EventGroup, eventDetail, eventTitle, eventTone } from "../mesh/event-look.ts";
import { ToneMark } from "../parts/icon.tsx";
import { linkTo } from "../router.ts";

/** Events, newest first. */
export function EventList({ groups, showService = true }: EventListProps) {
  return (
    <ol class="event-list">
      {groups.map(({ event, times }) => (
        <li key={event.id}>
          <ToneMark tone={eventTone(event)} />
          <div>
            <p class="event-title">{eventTitle(event)}</p>
            <p class="event-more">
              <time dateTime={new Date(event.atMs).toISOString()} title={dateTime(event.atMs)}>
                {ago(event.atMs, nowMs.value)}
              </time>
              {showService && event.service != null && event.service !== "" && (
                <a href={linkTo("services", event.service)}>{event.service}</a>
              )}
              {event.region != null && event.region !== "" && <span>{event.region}</span>}
              <span>{event.type}</span>
              {times > 1 && <span class="times">{times} times</span>}
            </p>
            {eventDetail(event) !== "" && <p class="event-detail">{eventDetail(event)}</p>}
          </div>
        </li>
      ))}
    </ol>
  );
}

interface EventListProps {
  readonly groups: readonly EventGroup[];
  readonly showService?: boolean;
}
