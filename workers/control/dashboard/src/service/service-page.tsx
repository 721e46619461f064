/** One service: what its endpoints do, what was decided about them and why. */
import { useMemo, useState } from "preact/hooks";
import { may } from "../access/session.ts";
import type { Answer } from "../api/client.ts";
import { call } from "../api/client.ts";
import type { DemoOrigin, History, ServiceState } from "../api/shapes.ts";
import { EventList } from "../events/event-list.tsx";
import { ms, percent, rate } from "../format.ts";
import { addHistory, KEPT_MS, sampleService } from "../live/samples.ts";
import { events } from "../live/store.ts";
import { useAnswer } from "../live/use-answer.ts";
import { groupEvents } from "../mesh/event-look.ts";
import { SERVICE_MOODS } from "../mesh/health.ts";
import { lookOfService } from "../mesh/look.ts";
import { OverrideTable } from "../overrides/override-table.tsx";
import { Badge } from "../parts/badge.tsx";
import { Card, Figure } from "../parts/card.tsx";
import { ServiceProblems } from "../parts/service-problems.tsx";
import { Empty, ProblemView, Waiting } from "../parts/states.tsx";
import { Decisions } from "./decisions.tsx";
import { EndpointTable } from "./endpoint-table.tsx";
import { ExplainForm } from "./explain-form.tsx";
import { RegionTable } from "./region-table.tsx";
import { ServiceCharts } from "./service-charts.tsx";
import { SloAndForecast } from "./slo-forecast.tsx";

const LOOK_MS = 2_000;

export function ServicePage({ service }: { readonly service: string }) {
  const path = `/v1/services/${encodeURIComponent(service)}`;
  const [, setLook] = useState(0);
  const asked = useAnswer<ServiceState>(path, LOOK_MS, undefined, (state) => {
    sampleService(lookOfService(state), Date.now());
    setLook((look) => look + 1);
  });
  const from = useMemo(() => Date.now() - KEPT_MS, []);
  useAnswer<History>(`${path}/history?from=${from}`, 0, undefined, (history) => addHistory(service, history));
  const origins = useDemoOrigins();
  const state = asked.value;
  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="#/">Overview</a>
      </nav>
      {state === null ? (
        <>
          <h1 tabIndex={-1}>{service}</h1>
          {asked.problem === null ? <Waiting what={service} /> : <ProblemView problem={asked.problem} />}
        </>
      ) : (
        <>
          <ServiceHead state={state} />
          {asked.problem !== null && <ProblemView problem={asked.problem} />}
          <ServiceProblems services={[lookOfService(state)]} />
          {state.missing.length > 0 && (
            <p class="banner" role="status">
              No answer from {state.missing.join(", ")}: what is shown leaves{" "}
              {state.missing.length === 1 ? "it" : "them"} out.
            </p>
          )}
          <ServiceCharts service={service} endpoints={state.endpoints.map(({ id }) => id)} />
          <EndpointTable state={state} origins={origins.value} onChange={asked.again} onFault={origins.again} />
          <SloAndForecast service={service} />
          <div class="columns even">
            <div class="main-column">
              {state.overrides.length > 0 && (
                <Card title="Overrides in force" note="What operators said goes before what is observed">
                  <OverrideTable overrides={state.overrides} showService={false} />
                </Card>
              )}
              <RegionTable state={state} />
              {may("read") && <ExplainForm service={service} />}
            </div>
            <div class="main-column">
              <Decisions service={service} />
              <ServiceEvents service={service} />
            </div>
          </div>
        </>
      )}
    </>
  );
}

function ServiceHead({ state }: { readonly state: ServiceState }) {
  const look = lookOfService(state);
  const inFlight = state.endpoints.reduce((sum, endpoint) => sum + endpoint.inFlight, 0);
  return (
    <header class="service-head">
      <div>
        <h1 tabIndex={-1}>{state.service}</h1>
        <p class="service-state">
          <Badge mood={SERVICE_MOODS[look.health]} />
          {look.why !== "" && look.problems.length === 0 && <span>{look.why}</span>}
        </p>
      </div>
      <dl class="figures">
        <Figure name="Requests/s" value={rate(state.rps)} />
        <Figure name="Success" value={percent(state.successRatio)} />
        <Figure name="p50" value={ms(look.p50Ms)} />
        <Figure name="p99" value={ms(look.p99Ms)} />
        <Figure name="In flight" value={rate(inFlight)} />
      </dl>
    </header>
  );
}

function ServiceEvents({ service }: { readonly service: string }) {
  const own = (events.value ?? []).filter((event) => event.service === service);
  return (
    <Card title="Events" tools={<a href={`#/events?service=${encodeURIComponent(service)}`}>All of them</a>}>
      {own.length === 0 ? (
        <Empty title="Nothing in the last hour" />
      ) : (
        <EventList groups={groupEvents(own).slice(0, 20)} showService={false} />
      )}
    </Card>
  );
}

/** Origins of the local demo, to be broken on purpose. Elsewhere there are none, and nothing is asked. */
function useDemoOrigins() {
  const isLocal = ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);
  const asked = useAnswer<{ origins: readonly DemoOrigin[] }>(
    isLocal && may("admin") ? "/demo/origins" : null,
    4_000,
    askDemo,
  );
  return { value: asked.value?.origins ?? [], again: asked.again };
}

/** A local mesh that is no demo has no such thing: that is no problem. */
async function askDemo(path: string): Promise<Answer<{ origins: readonly DemoOrigin[] }>> {
  const answer = await call<{ origins: readonly DemoOrigin[] }>(path);
  return answer.ok ? answer : { ok: true, value: { origins: [] }, etag: null };
}
