/** The dashboards as Grafana reads them, made with its own builders. */
import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimelineBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as GraphBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import type { DashboardDefinition, PanelDefinition } from "./definitions.ts";
import { ENDPOINT } from "./endpoint.ts";
import { FLEET } from "./fleet.ts";
import { SERVICE_DASHBOARD } from "./service.ts";
import { SLO } from "./slo.ts";

export const DEFINITIONS = [FLEET, SERVICE_DASHBOARD, ENDPOINT, SLO] as const;

/** The data source that the user chooses. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills it in
const SOURCE = { type: "prometheus", uid: "${datasource}" };
const HEIGHT = 8;
const STAT_HEIGHT = 4;

/** A dashboard as plain data. */
export function buildDashboard(definition: DashboardDefinition): object {
  const { uid, title, description, variables, rows } = definition;
  const dashboard = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(["heddle"])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh("30s")
    .time({ from: "now-1h", to: "now" })
    .withVariable(new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"));
  for (const { name, query, isMulti } of variables) {
    const variable = new QueryVariableBuilder(name)
      .datasource(SOURCE)
      .query({ query, refId: name })
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .multi(isMulti)
      .includeAll(isMulti);
    dashboard.withVariable(isMulti ? variable.allValue(".+").current({ text: "All", value: "$__all" }) : variable);
  }
  for (const { title: row, panels } of rows) {
    dashboard.withRow(new RowBuilder(row));
    for (const panel of panels) dashboard.withPanel(panelOf(panel));
  }
  return dashboard.build();
}

function panelOf(panel: PanelDefinition): GraphBuilder | StatBuilder | TimelineBuilder {
  const { title, description, kind, unit, queries, width, thresholds } = panel;
  const builder = kind === "graph" ? new GraphBuilder() : kind === "stat" ? new StatBuilder() : new TimelineBuilder();
  builder
    .title(title)
    .unit(unit)
    .datasource(SOURCE)
    .span(width)
    .height(kind === "stat" ? STAT_HEIGHT : HEIGHT);
  if (description !== "") builder.description(description);
  if (unit === "percentunit" && kind === "graph") builder.min(0);
  if (thresholds !== undefined) builder.thresholds(colours(...thresholds));
  for (const [i, { expr, legend }] of queries.entries()) {
    const query = new DataqueryBuilder().expr(expr).refId(String.fromCharCode(65 + i));
    builder.withTarget(legend === "" ? query : query.legendFormat(legend));
  }
  return builder;
}

/** Green, yellow from the warning on, red from the alarm on; the other way round where less is worse. */
function colours(warning: number, alarm: number): ThresholdsConfigBuilder {
  const steps =
    warning > alarm
      ? [
          { value: null, color: "red" },
          { value: alarm, color: "yellow" },
          { value: warning, color: "green" },
        ]
      : [
          { value: null, color: "green" },
          { value: warning, color: "yellow" },
          { value: alarm, color: "red" },
        ];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}
