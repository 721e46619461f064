/** Everything that /metrics shows. */
import { costFamily } from "./cost.ts";
import { countedFamilies, placeOf } from "./counted.ts";
import type { Scrape } from "./scraped.ts";
import { sloFamilies } from "./slo.ts";
import { stateFamilies } from "./state.ts";
import type { MetricFamily } from "./write.ts";

/** The families of a scrape, in the order in which they are shown. Linear in its series. Never throws. */
export function familiesOf(scrape: Scrape): readonly MetricFamily[] {
  const { objects } = scrape;
  return [
    ...countedFamilies(objects),
    {
      name: "heddle_series_crowded_out",
      help: 'Observations that are in series "other" for want of room.',
      unit: "",
      type: "counter",
      samples: objects.map((object) => ({ labels: placeOf(object), value: object.series.crowdedOut })),
    },
    costFamily(objects),
    ...sloFamilies(scrape.objectives ?? []),
    ...stateFamilies(scrape),
  ];
}
