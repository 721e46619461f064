import { type DashboardDefinition, graph, SERVICE, stat } from "./definitions.ts";

const OWN = 'service="$service"';
const WINDOWS = ["5m", "1h", "6h", "3d"] as const;
/** The objectives of the shipped rules: src/telemetry/prometheus. */
const ERRORS_ALLOWED = 0.001;
const SLOW_ALLOWED = 0.01;

const burn = (what: "errors" | "slow", allowed: number) =>
  WINDOWS.map((window) => [`service:heddle_request_${what}:ratio_rate${window}{${OWN}} / ${allowed}`, window] as const);

/** Budgets of errors and of slow answers, by the recording rules. */
export const SLO: DashboardDefinition = {
  uid: "heddle-slo",
  title: "Heddle / SLO",
  description: "99.9 % of requests without 5xx, 99 % answered within 0.5 s; needs the recording rules.",
  variables: [SERVICE],
  rows: [
    {
      title: "Availability: 99.9 % without 5xx",
      panels: [
        stat(
          "Error ratio, 1 h",
          "percentunit",
          "",
          `service:heddle_request_errors:ratio_rate1h{${OWN}}`,
          [0.001, 0.0144],
        ),
        stat(
          "Error ratio, 3 d",
          "percentunit",
          "",
          `service:heddle_request_errors:ratio_rate3d{${OWN}}`,
          [0.001, 0.003],
        ),
        stat(
          "Budget left",
          "percentunit",
          "Of what may fail in three days.",
          `1 - service:heddle_request_errors:ratio_rate3d{${OWN}} / ${ERRORS_ALLOWED}`,
          [0.5, 0],
        ),
        {
          ...graph("Burn rate", "short", "1 uses up the budget just in time.", ...burn("errors", ERRORS_ALLOWED)),
          width: 24,
        },
      ],
    },
    {
      title: "Latency: 99 % within 0.5 s",
      panels: [
        stat("Slow, 1 h", "percentunit", "", `service:heddle_request_slow:ratio_rate1h{${OWN}}`, [0.01, 0.144]),
        stat("Slow, 3 d", "percentunit", "", `service:heddle_request_slow:ratio_rate3d{${OWN}}`, [0.01, 0.03]),
        stat(
          "Budget left",
          "percentunit",
          "Of what may be slow in three days.",
          `1 - service:heddle_request_slow:ratio_rate3d{${OWN}} / ${SLOW_ALLOWED}`,
          [0.5, 0],
        ),
        {
          ...graph("Burn rate", "short", "1 uses up the budget just in time.", ...burn("slow", SLOW_ALLOWED)),
          width: 24,
        },
      ],
    },
    {
      title: "Traffic",
      panels: [graph("Requests", "reqps", "", [`service:heddle_requests:rate5m{${OWN}}`, "5 m"])],
    },
  ],
};
