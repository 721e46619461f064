/** The mesh in ten seconds: is it well, where does the traffic go, what happened. */

import { EventList } from "../events/event-list.tsx";
import { count, ms, percent, rate } from "../format.ts";
import { nowMs } from "../live/clock.ts";
import { events, mesh, trouble } from "../live/store.ts";
import { groupEvents } from "../mesh/event-look.ts";
import type { Tone } from "../mesh/health.ts";
import type { MeshLook, ServiceLook } from "../mesh/look.ts";
import { Card, Figure } from "../parts/card.tsx";
import { ToneMark } from "../parts/icon.tsx";
import { ServiceProblems } from "../parts/service-problems.tsx";
import { Empty, ProblemView, Waiting } from "../parts/states.tsx";
import { ServiceTable, toneOf } from "./service-table.tsx";
import { TopologyPicture } from "./topology.tsx";

const HOUR_MS = 3_600_000;
const SHOWN_EVENTS = 14;

export function OverviewPage() {
  const look = mesh.value;
  if (look === null) {
    return (
      <>
        <h1 tabIndex={-1}>Overview</h1>
        {trouble.value === null ? <Waiting what="the mesh" /> : <ProblemView problem={trouble.value} />}
      </>
    );
  }
  if (look.services.length === 0) {
    return (
      <>
        <h1 tabIndex={-1}>Overview</h1>
        <Card title="The mesh">
          <Empty title="No threads on the loom yet">
            <p>The config in force has no service that you may see. Put one in force:</p>
            <pre>heddle apply heddle.yaml</pre>
          </Empty>
        </Card>
      </>
    );
  }
  return (
    <>
      <Verdict look={look} />
      <ServiceProblems services={look.services} />
      <div class="columns">
        <div class="main-column">
          <Card title="Traffic" note="Lines are as wide as their share of the requests">
            <TopologyPicture mesh={look} />
          </Card>
          <ServiceTable services={look.services} />
        </div>
        <LastHour />
      </div>
    </>
  );
}

/** The state of everything in a sentence, and the numbers that go with it. */
function Verdict({ look }: { readonly look: MeshLook }) {
  const { services } = look;
  const { tone, text, detail } = verdictOn(services);
  const rps = services.reduce((sum, service) => sum + service.rps, 0);
  const good = services.reduce((sum, service) => sum + service.rps * (service.successRatio ?? 1), 0);
  const success = rps > 0 ? good / rps : null;
  const endpoints = services.flatMap((service) => service.endpoints);
  const serving = endpoints.filter(({ mood }) => mood.tone === "good").length;
  const slowest = services.flatMap(({ p99Ms }) => p99Ms ?? []);
  const successTone = toneOf(success);
  return (
    <div class="verdict" data-tone={tone}>
      <div class="verdict-text">
        <ToneMark tone={tone} />
        <div>
          <h1 tabIndex={-1}>{text}</h1>
          <p>{detail}</p>
        </div>
      </div>
      <dl class="figures">
        <Figure name="Requests/s" value={rate(rps)} />
        <Figure name="Success" value={percent(success)} {...(successTone && { tone: successTone })} />
        <Figure name="Slowest p99" value={ms(slowest.length === 0 ? null : Math.max(...slowest))} />
        <Figure name="Endpoints" value={`${serving}/${endpoints.length}`} />
      </dl>
    </div>
  );
}

function verdictOn(services: readonly ServiceLook[]): { tone: Tone; text: string; detail: string } {
  const down = services.filter(({ health }) => health === "down");
  const degraded = services.filter(({ health }) => health === "degraded");
  const unknown = services.filter(({ health }) => health === "unknown");
  const reasons = (some: readonly ServiceLook[]) =>
    some
      .slice(0, 3)
      .map(({ name, why }) => (services.length === 1 ? why : `${name}: ${why}`))
      .join(" · ") + (some.length > 3 ? ` · and ${some.length - 3} more` : "");
  if (down.length > 0) {
    const text = down.length === 1 ? `${down[0]!.name} is down` : `${down.length} services are down`;
    return { tone: "bad", text, detail: reasons([...down, ...degraded]) };
  }
  if (degraded.length > 0) {
    const text =
      degraded.length === 1 ? `${degraded[0]!.name} is degraded` : `${degraded.length} services are degraded`;
    return { tone: "warn", text, detail: reasons(degraded) };
  }
  if (unknown.length > 0) {
    return { tone: "unknown", text: `${count(unknown.length, "service")} unknown`, detail: reasons(unknown) };
  }
  const isIdle = services.every(({ rps }) => rps === 0);
  const notes = services.filter(({ why }) => why !== "");
  const text =
    services.length === 1 ? `${services[0]!.name} is healthy` : `All ${services.length} services are healthy`;
  return {
    tone: "good",
    text,
    detail: isIdle ? "No traffic in the last minute" : reasons(notes) || "Nothing needs you",
  };
}

function LastHour() {
  const recent = (events.value ?? []).filter(({ atMs }) => atMs > nowMs.value - HOUR_MS);
  return (
    <Card title="Last hour" class="last-hour" tools={<a href="#/events">All events</a>}>
      {recent.length === 0 ? (
        <Empty title="Nothing happened">
          <p>Ejections, recoveries, drains and new versions of the config appear here.</p>
        </Empty>
      ) : (
        <EventList groups={groupEvents(recent).slice(0, SHOWN_EVENTS)} />
      )}
    </Card>
  );
}
