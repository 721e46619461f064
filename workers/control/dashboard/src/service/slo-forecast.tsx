/** Objectives with what is left of their budgets, and the load to expect. Nothing is shown where the API has neither. */
import { ms, percent, rate, span } from "../format.ts";
import { nowMs } from "../live/clock.ts";
import { useAnswer } from "../live/use-answer.ts";
import type { Mood } from "../mesh/health.ts";
import { Badge } from "../parts/badge.tsx";
import { Card } from "../parts/card.tsx";
import { Chart, type Line } from "../parts/chart.tsx";
import { Empty } from "../parts/states.tsx";

interface Objective {
  readonly name: string;
  readonly kind: "availability" | "latency";
  readonly route: string | null;
  readonly target: number;
  readonly thresholdMs: number | null;
  readonly windowMs: number;
  readonly goodRatio: number | null;
  readonly budgetRemainingRatio: number;
  readonly burnRates: readonly { readonly windowMs: number; readonly rate: number | null }[];
  readonly state: "ok" | "ticket" | "page";
  readonly exhaustedInMs: number | null;
}

interface Forecast {
  readonly atMs: readonly number[];
  readonly method: string;
  readonly why: string;
  readonly values: readonly number[];
  readonly lower80: readonly number[];
  readonly upper80: readonly number[];
  readonly lower95: readonly number[];
  readonly upper95: readonly number[];
  readonly mase: number | null;
  readonly naiveMase: number | null;
  readonly capacity: { readonly rps: number | null; readonly knownRps: number } | null;
  readonly expectedAtMs: number | null;
  readonly earliestAtMs: number | null;
}

const SLO_MS = 10_000;
const FORECAST_MS = 60_000;

export function SloAndForecast({ service }: { readonly service: string }) {
  const path = `/v1/services/${encodeURIComponent(service)}`;
  const slo = useAnswer<{ readonly objectives: readonly Objective[] }>(`${path}/slo`, SLO_MS);
  const forecast = useAnswer<Forecast>(`${path}/forecast`, FORECAST_MS);
  const objectives = slo.value?.objectives ?? [];
  // Where nothing is promised and nothing can be expected yet, nothing is missing.
  if (objectives.length === 0 && (forecast.value === null || forecast.value.method === "none")) return null;
  return (
    <div class="columns even">
      <Objectives objectives={objectives} />
      {forecast.value !== null && <ForecastView forecast={forecast.value} />}
    </div>
  );
}

const MOODS: Readonly<Record<Objective["state"], Mood>> = {
  ok: { tone: "good", word: "Within budget" },
  ticket: { tone: "warn", word: "Burning" },
  page: { tone: "bad", word: "Burning fast" },
};

/** None is left, and nothing that would wake somebody burns now. */
const SPENT: Mood = { tone: "warn", word: "Spent" };

function Objectives({ objectives }: { readonly objectives: readonly Objective[] }) {
  return (
    <Card title="Objectives" note="What is left of each budget of errors">
      {objectives.length === 0 ? (
        <Empty title="No objective is set">
          <p>The config can set some:</p>
          <pre>{"services:\n  shop:\n    slo: [{ name: answers, availability: 99.9 }]"}</pre>
        </Empty>
      ) : (
        <ul class="rows">
          {objectives.map((objective) => (
            <ObjectiveRow key={`${objective.name} ${objective.kind}`} objective={objective} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function ObjectiveRow({ objective }: { readonly objective: Objective }) {
  const { name, kind, route, target, thresholdMs, windowMs, goodRatio, burnRates, state, exhaustedInMs } = objective;
  const left = Math.max(0, Math.min(1, objective.budgetRemainingRatio));
  const aim = kind === "latency" ? `${exact(target)} within ${ms(thresholdMs)}` : `${exact(target)} succeed`;
  const mood = left === 0 && state === "ok" ? SPENT : MOODS[state];
  const fastest = burnRates.find(({ rate: one }) => one !== null);
  return (
    <li class="row" data-tone={mood.tone}>
      <div class="row-main">
        <p>
          <b>{name}</b> {aim}, {span(windowMs)}
          {route === null ? "" : `, route ${route}`}
        </p>
        <div class="gauge" aria-hidden="true">
          <i style={{ width: `${left * 100}%`, background: "var(--tone)" }} />
        </div>
        <p class="soft small">
          {left === 0 ? "The budget is spent" : `${percent(left)} of the budget left`}
          {goodRatio === null ? ", no requests yet" : `, ${percent(goodRatio)} good`}
          {fastest === undefined ? "" : `, burning at ${rate(fastest.rate)}× over ${span(fastest.windowMs)}`}
          {exhaustedInMs === null || left === 0 ? "" : `, gone in ${span(exhaustedInMs)} at this rate`}
        </p>
      </div>
      <Badge mood={mood} />
    </li>
  );
}

/** As it was promised: 99.95 % is neither rounded nor cut. */
function exact(target: number): string {
  return `${Number((target * 100).toFixed(6))}%`;
}

function ForecastView({ forecast }: { readonly forecast: Forecast }) {
  const { atMs, values, lower80, upper80, lower95, upper95, method, why, capacity, mase, naiveMase } = forecast;
  if (method === "none" || values.length === 0) {
    return (
      <Card title="Expected load">
        <Empty title="Too early to tell">
          <p>{why === "" ? "A forecast needs some history first." : why}</p>
        </Empty>
      </Card>
    );
  }
  const lines: Line[] = [
    { key: "lower95", label: "", colour: "--series-5", values: lower95, quiet: true, hidden: true },
    { key: "upper95", label: "95%", colour: "--series-5", values: upper95, band: "range", hidden: true },
    { key: "lower80", label: "", colour: "--series-5", values: lower80, quiet: true, hidden: true },
    { key: "upper80", label: "80%", colour: "--series-5", values: upper80, band: "range", hidden: true },
    { key: "values", label: "expected", colour: "--series-1", values, dashed: true },
  ];
  if (capacity?.rps != null) {
    const limit = capacity.rps;
    lines.push({ key: "capacity", label: "capacity", colour: "--bad", values: values.map(() => limit) });
  }
  const errors =
    mase === null ? "" : `, error ${mase.toFixed(2)}${naiveMase === null ? "" : ` (naive ${naiveMase.toFixed(2)})`}`;
  return (
    <Card title="Expected load" note={`By ${method}${errors}. It informs, and routes nothing`}>
      <Chart title="Requests a second" atMs={atMs} lines={lines} show={rate} reads="first" />
      <p class="soft small">{capacityText(forecast, nowMs.value)}</p>
    </Card>
  );
}

function capacityText({ capacity, expectedAtMs, earliestAtMs }: Forecast, now: number): string {
  if (capacity === null || capacity.rps === null) return "What the endpoints can bear is not known yet.";
  if (expectedAtMs !== null)
    return `Expected to reach the capacity of ${rate(capacity.rps)} a second in ${span(expectedAtMs - now)}.`;
  if (earliestAtMs !== null)
    return `May reach the capacity of ${rate(capacity.rps)} a second in ${span(earliestAtMs - now)} at the earliest.`;
  return `Stays below the capacity of ${rate(capacity.rps)} a second.`;
}
