import { may } from "../access/session.ts";
import { askOverride } from "../actions/endpoint-actions.ts";
import type { Override, Page } from "../api/shapes.ts";
import { mesh } from "../live/store.ts";
import { useAnswer } from "../live/use-answer.ts";
import { Card } from "../parts/card.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, ProblemView, Waiting } from "../parts/states.tsx";
import { OverrideTable } from "./override-table.tsx";

export function OverridesPage() {
  const { value, problem } = useAnswer<Page<Override>>("/v1/overrides?limit=200", 2_000);
  const clouds = cloudsOf();
  return (
    <>
      <PageHead
        title="Overrides"
        text="Words of operators that are in force. Each goes before what the mesh observes, and ends by itself."
      />
      <Card title="In force">
        {problem !== null && <ProblemView problem={problem} />}
        {value === null && problem === null && <Waiting what="overrides" />}
        {value?.items.length === 0 && (
          <Empty title="The mesh decides by itself">
            <p>Drain or override an endpoint on the page of its service, or a whole cloud below.</p>
          </Empty>
        )}
        {value !== null && value.items.length > 0 && <OverrideTable overrides={value.items} />}
      </Card>
      {clouds.length > 0 && (
        <Card title="A whole cloud" note="Every endpoint of a service that runs there">
          <ul class="rows">
            {clouds.map(({ service, cloud, endpoints }) => (
              <li key={`${service}/${cloud}`} class="row">
                <div class="row-main">
                  <p>
                    {service} <b>{cloud}</b>
                  </p>
                  <p class="soft small">{endpoints.join(", ")}</p>
                </div>
                <button type="button" class="button small" onClick={() => askOverride(service, { cloud })}>
                  Override
                  <span class="for-readers">
                    {" "}
                    {cloud} of {service}
                  </span>
                  …
                </button>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

/** Clouds of the services that the caller may operate. */
function cloudsOf() {
  return (mesh.value?.services ?? [])
    .filter(({ name }) => may("operate", name))
    .flatMap(({ name, endpoints }) =>
      [...Map.groupBy(endpoints, ({ locality }) => locality.cloud)]
        .filter(([cloud]) => cloud !== "")
        .map(([cloud, members]) => ({ service: name, cloud, endpoints: members.map(({ id }) => id) })),
    );
}
