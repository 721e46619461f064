import { may } from "../access/session.ts";
import { askClear, askDrain, askFault, askOverride } from "../actions/endpoint-actions.ts";
import type { DemoOrigin, EndpointState, Override, ServiceState } from "../api/shapes.ts";
import { ms, percent, rate, span } from "../format.ts";
import { events } from "../live/store.ts";
import { endpointMood, whyWeight } from "../mesh/health.ts";
import { highest, shareOf } from "../mesh/look.ts";
import { Badge } from "../parts/badge.tsx";
import { Card } from "../parts/card.tsx";
import { Icon, ToneMark } from "../parts/icon.tsx";
import { seriesColour } from "./series-colour.ts";
import { Timeline } from "./timeline.tsx";

export interface EndpointTableProps {
  readonly state: ServiceState;
  /** Of the local demo; empty elsewhere. */
  readonly origins: readonly DemoOrigin[];
  readonly onChange: () => void;
  readonly onFault: () => void;
}

/** Endpoints one below the other: how each is, what it gets, and what can be done about it. */
export function EndpointTable({ state, origins, onFault }: EndpointTableProps) {
  const { endpoints } = state;
  return (
    <Card title="Endpoints" note="Breakers and ejections of the last hour below each">
      <ul class="endpoints">
        {endpoints.map((endpoint, e) => (
          <EndpointRow
            key={endpoint.id}
            state={state}
            endpoint={endpoint}
            colour={seriesColour(e)}
            origin={origins.find(({ url }) => url === endpoint.address.replace(/\/$/, ""))}
            onFault={onFault}
          />
        ))}
      </ul>
    </Card>
  );
}

interface EndpointRowProps {
  readonly state: ServiceState;
  readonly endpoint: EndpointState;
  readonly colour: string;
  readonly origin: DemoOrigin | undefined;
  readonly onFault: () => void;
}

function EndpointRow({ state, endpoint, colour, origin, onFault }: EndpointRowProps) {
  const { service } = state;
  const { id, address, locality, regions, rps, weight, effectiveWeight, inFlight } = endpoint;
  const share = shareOf(endpoint, state);
  const minutes = regions.flatMap(({ minute }) => minute ?? []);
  const mood = endpointMood(endpoint, state.problems);
  const openForMs = Math.max(0, ...regions.map((region) => region.openForMs));
  const where = [locality.cloud, locality.region, locality.zone].filter((word) => word !== "").join(" / ");
  return (
    <li class="endpoint" data-tone={mood.tone} data-endpoint={id}>
      <div class="endpoint-name">
        <h3>
          <i class="swatch" style={{ background: `var(${colour})` }} />
          {id}
        </h3>
        <p class="soft">{where === "" ? address : where}</p>
        <p class="endpoint-state">
          <Badge mood={mood} />
          {mood.word === "Ejected" && openForMs > 0 && <small>for {span(openForMs)} more</small>}
        </p>
      </div>
      <div class="share">
        <div class="share-number">
          <span>Gets</span>
          <b>{percent(share)}</b>
          <span>of the requests</span>
        </div>
        <div class="gauge" aria-hidden="true">
          <i style={{ width: `${share * 100}%`, background: `var(${colour})` }} />
        </div>
        <p class="soft small">
          weight {effectiveWeight.toFixed(effectiveWeight % 1 === 0 ? 0 : 2)}: {whyWeight(endpoint, state.problems)}
        </p>
      </div>
      <dl class="endpoint-figures">
        <Cell name="Req/s" value={rate(rps)} />
        <Cell name="Success" value={percent(successOf(minutes))} />
        <Cell name="p50" value={ms(highest(minutes.map(({ p50Ms }) => p50Ms)))} />
        <Cell name="p99" value={ms(highest(minutes.map(({ p99Ms }) => p99Ms)))} />
        <Cell name="In flight" value={rate(inFlight)} />
        <Cell name="Weight" value={`${weight}`} />
      </dl>
      <div class="endpoint-actions">
        <Actions state={state} endpoint={endpoint} />
        {origin !== undefined && (
          <button type="button" class="button small" onClick={() => askFault(origin, onFault)}>
            <Icon name="bolt" />
            {origin.isFaulty || origin.fault !== "well" ? `Heal ${id}` : `Break ${id}`}
          </button>
        )}
      </div>
      <Timeline
        endpoint={id}
        events={(events.value ?? []).filter((event) => event.service === service && event.endpoint === id)}
      />
      <Probes endpoint={endpoint} />
    </li>
  );
}

function Cell({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Actions({ state, endpoint }: { readonly state: ServiceState; readonly endpoint: EndpointState }) {
  const { service, overrides, endpoints } = state;
  if (!may("operate", service)) return null;
  const { id } = endpoint;
  const own = overrides.filter((override) => endpoint.overrides.includes(override.id));
  const out = own.find(({ action }) => action === "drain" || action === "disable");
  const others = endpoints.filter((one) => one.id !== id && endpointMood(one, state.problems).tone === "good").length;
  return (
    <>
      {out === undefined ? (
        <button type="button" class="button small" onClick={() => askDrain(service, id, others)}>
          Drain<span class="for-readers"> {id}</span>
        </button>
      ) : (
        <button type="button" class="button small primary" onClick={() => askClear(out)}>
          Undrain<span class="for-readers"> {id}</span>
        </button>
      )}
      <button type="button" class="button small" onClick={() => askOverride(service, { endpoint: id })}>
        Override…<span class="for-readers"> {id}</span>
      </button>
      {own
        .filter((override) => override !== out)
        .map((override: Override) => (
          <button key={override.id} type="button" class="button small" onClick={() => askClear(override)}>
            Clear {override.action}
          </button>
        ))}
    </>
  );
}

/** What the health checks of each region say; nothing without any. */
function Probes({ endpoint }: { readonly endpoint: EndpointState }) {
  const checks = endpoint.regions.flatMap(({ region, checks: own = [] }) => own.map((check) => ({ region, ...check })));
  if (checks.length === 0) return null;
  return (
    <ul class="probes" aria-label={`Probes of ${endpoint.id}`}>
      {checks.map(({ region, kind, type, verdict, against, last }) => (
        <li key={`${region}${kind}${type}`}>
          <ToneMark tone={verdict === "up" ? "good" : verdict === "down" ? "bad" : "unknown"} />
          {region} {kind} by {type}: {verdict}
          {against > 0 && `, ${against} against it`}
          {last?.detail ? `, ${last.detail}` : ""}
        </li>
      ))}
    </ul>
  );
}

function successOf(minutes: readonly { readonly rps: number; readonly successRatio: number | null }[]): number | null {
  const known = minutes.filter(({ successRatio }) => successRatio !== null);
  const rps = known.reduce((sum, minute) => sum + minute.rps, 0);
  return rps === 0 ? null : known.reduce((sum, minute) => sum + minute.rps * minute.successRatio!, 0) / rps;
}
