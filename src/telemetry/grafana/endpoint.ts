import { type DashboardDefinition, graph, RATE, REGION, SERVICE, stat, timeline } from "./definitions.ts";

const OWN = 'service="$service",endpoint="$endpoint",region=~"$region"';
const quantile = (q: number) =>
  `histogram_quantile(${q}, sum by (le) (rate(heddle_upstream_duration_seconds_bucket{${OWN}}[${RATE}])))`;

/** One endpoint of a service. */
export const ENDPOINT: DashboardDefinition = {
  uid: "heddle-endpoint",
  title: "Heddle / Endpoint",
  description: "One endpoint: how it does, and why it gets what it gets.",
  variables: [
    SERVICE,
    { name: "endpoint", query: 'label_values(heddle_endpoint_up{service="$service"}, endpoint)', isMulti: false },
    REGION,
  ],
  rows: [
    {
      title: "How it does",
      panels: [
        stat("Serves", "bool", "In every region.", `min(heddle_endpoint_up{${OWN}})`),
        stat("Attempts", "reqps", "", `sum(rate(heddle_attempts_total{${OWN}}[${RATE}]))`),
        stat(
          "Good attempts",
          "percentunit",
          "",
          `(sum(rate(heddle_attempts_total{${OWN},outcome=~"ok|throttled"}[${RATE}])) or vector(0)) / sum(rate(heddle_attempts_total{${OWN}}[${RATE}]))`,
          [0.99, 0.9],
        ),
        stat("p99", "s", "", quantile(0.99)),
        stat("In flight", "short", "", `sum(heddle_in_flight{${OWN}})`),
        stat(
          "Weight",
          "short",
          "Configured, times slow start and operators' words.",
          `max(heddle_endpoint_weight{${OWN}})`,
        ),
        graph("Attempts by outcome", "reqps", "", [
          `sum by (outcome) (rate(heddle_attempts_total{${OWN}}[${RATE}]))`,
          "{{outcome}}",
        ]),
        graph("Latency", "s", "", [quantile(0.5), "p50"], [quantile(0.9), "p90"], [quantile(0.99), "p99"]),
      ],
    },
    {
      title: "Why",
      panels: [
        graph("Share of the model", "percentunit", "Probability of a request, by region.", [
          `heddle_endpoint_share_ratio{${OWN}}`,
          "{{region}}",
        ]),
        timeline(
          "Breaker",
          "The state that is 1.",
          `max by (region, state) (heddle_breaker_state{${OWN}})`,
          "{{region}} {{state}}",
        ),
        graph("Ejections by cause", "ops", "", [
          `sum by (cause, region) (rate(heddle_ejections_total{${OWN}}[${RATE}]))`,
          "{{cause}} {{region}}",
        ]),
        graph("Changes of the breaker", "ops", "", [
          `sum by (to) (rate(heddle_breaker_transitions_total{${OWN}}[${RATE}]))`,
          "{{to}}",
        ]),
        graph("Active checks", "ops", "", [
          `sum by (result, region) (rate(heddle_probe_results_total{${OWN}}[${RATE}]))`,
          "{{result}} {{region}}",
        ]),
        graph("Requests that tried the half-open breaker", "ops", "", [
          `sum by (result) (rate(heddle_lent_probes_total{${OWN}}[${RATE}]))`,
          "{{result}}",
        ]),
      ],
    },
  ],
};
