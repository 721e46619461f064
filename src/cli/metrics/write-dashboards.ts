/** Writes the dashboards' JSON beside their definitions: `npm run dashboards`. */
import { writeFileSync } from "node:fs";
import { buildDashboard, DEFINITIONS } from "../../telemetry/grafana/dashboards.ts";

for (const definition of DEFINITIONS) {
  const path = new URL(`../../telemetry/grafana/${definition.uid}.json`, import.meta.url);
  writeFileSync(path, `${JSON.stringify(buildDashboard(definition), null, 2)}\n`);
}
