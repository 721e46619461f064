import { useState } from "preact/hooks";
import { ms, percent, rate } from "../format.ts";
import { rowsOf } from "../live/samples.ts";
import { BY_CONCERN, SERVICE_MOODS } from "../mesh/health.ts";
import type { ServiceLook } from "../mesh/look.ts";
import { Badge } from "../parts/badge.tsx";
import { Card } from "../parts/card.tsx";
import { Sparkline } from "../parts/sparkline.tsx";
import { linkTo } from "../router.ts";

/** A search is worth its place from so many services on. */
const SEARCH_FROM = 9;

/** Services, the worst first. */
export function ServiceTable({ services }: { readonly services: readonly ServiceLook[] }) {
  const [search, setSearch] = useState("");
  const shown = services
    .filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()))
    .sort(
      (a, b) =>
        BY_CONCERN.indexOf(a.health) - BY_CONCERN.indexOf(b.health) || b.rps - a.rps || (a.name < b.name ? -1 : 1),
    );
  const tools = services.length >= SEARCH_FROM && (
    <input
      type="search"
      placeholder="Find a service"
      aria-label="Find a service"
      value={search}
      onInput={(event) => setSearch(event.currentTarget.value)}
    />
  );
  return (
    <Card title="Services" tools={tools || undefined}>
      <table class="table services">
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">State</th>
            <th scope="col" class="wide">
              Endpoints
            </th>
            <th scope="col" class="wide">
              Traffic
            </th>
            <th scope="col" class="number">
              Req/s
            </th>
            <th scope="col" class="number">
              Success
            </th>
            <th scope="col" class="number">
              p99
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((service) => (
            <ServiceRow key={service.name} service={service} />
          ))}
        </tbody>
      </table>
      {shown.length === 0 && <p class="none">No service has "{search}" in its name.</p>}
    </Card>
  );
}

function ServiceRow({ service }: { readonly service: ServiceLook }) {
  const { name, health, why, rps, successRatio, p99Ms, endpoints } = service;
  const well = endpoints.filter(({ mood }) => mood.tone === "good").length;
  return (
    <tr>
      <th scope="row">
        <a href={linkTo("services", name)}>{name}</a>
      </th>
      <td>
        <Badge mood={SERVICE_MOODS[health]} />
        {why !== "" && <small class="why">{why}</small>}
      </td>
      <td class="wide">
        <span class="pips" aria-hidden="true">
          {endpoints.slice(0, 12).map(({ id, mood }) => (
            <i key={id} data-tone={mood.tone} />
          ))}
        </span>
        {well}/{endpoints.length}
      </td>
      <td class="wide">
        <Sparkline values={rowsOf(name).map((row) => row.rps)} label={`Traffic of ${name}`} />
      </td>
      <td class="number">{rate(rps)}</td>
      <td class="number" data-tone={toneOf(successRatio)}>
        {percent(successRatio)}
      </td>
      <td class="number">{ms(p99Ms)}</td>
    </tr>
  );
}

export function toneOf(successRatio: number | null): "warn" | "bad" | undefined {
  if (successRatio === null || successRatio >= 0.99) return undefined;
  return successRatio < 0.95 ? "bad" : "warn";
}
