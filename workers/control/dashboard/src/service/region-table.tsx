import type { ServiceState } from "../api/shapes.ts";
import { ms, percent, rate } from "../format.ts";
import { isBlocked } from "../mesh/health.ts";
import { Card } from "../parts/card.tsx";
import { Scrollable } from "../parts/scrollable.tsx";
import { Empty } from "../parts/states.tsx";

export function RegionTable({ state }: { readonly state: ServiceState }) {
  const { regions, endpoints } = state;
  return (
    <Card title="Regions" note="Where callers are, and where each region sends them">
      {regions.length === 0 ? (
        <Empty title="No region has reported yet">
          <p>Regions appear with the first requests of their callers.</p>
        </Empty>
      ) : (
        <Scrollable label="Table of regions">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Region</th>
                <th scope="col" class="number">
                  Isolates
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
                <th scope="col">Sends to</th>
              </tr>
            </thead>
            <tbody>
              {regions.map(({ region, reporters, alone, minute }) => (
                <tr key={region}>
                  <th scope="row">
                    {region}
                    {alone && regions.length > 1 && <small class="why">hears nothing of the others</small>}
                  </th>
                  <td class="number">{reporters}</td>
                  <td class="number">{rate(minute?.rps)}</td>
                  <td class="number">{percent(minute?.successRatio)}</td>
                  <td class="number">{ms(minute?.p99Ms)}</td>
                  <td>
                    {endpoints
                      .filter(({ id }) => !isBlocked(id, state.problems ?? []))
                      .map(({ id, regions: seen }) => ({
                        id,
                        probability: seen.find((one) => one.region === region)?.probability ?? 0,
                      }))
                      .filter(({ probability }) => probability > 0.001)
                      .sort((a, b) => b.probability - a.probability)
                      .slice(0, 6)
                      .map(({ id, probability }) => `${id} ${percent(probability)}`)
                      .join(", ") || "–"}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrollable>
      )}
    </Card>
  );
}
