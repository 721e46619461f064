import { type DashboardDefinition, graph, RATE, REGION, SERVICE, stat, timeline } from "./definitions.ts";

const OWN = 'service="$service",region=~"$region"';
const requests = (by: string, more = "") => `sum by (${by}) (rate(heddle_requests_total{${OWN}${more}}[${RATE}]))`;
const quantile = (q: number) =>
  `histogram_quantile(${q}, sum by (le) (rate(heddle_request_duration_seconds_bucket{${OWN}}[${RATE}])))`;

/** One service. */
export const SERVICE_DASHBOARD: DashboardDefinition = {
  uid: "heddle-service",
  title: "Heddle / Service",
  description: "One service: what its users get, and what the mesh does about it.",
  variables: [SERVICE, REGION],
  rows: [
    {
      title: "What users get",
      panels: [
        stat("Requests", "reqps", "", `sum(rate(heddle_requests_total{${OWN}}[${RATE}]))`),
        stat(
          "Success",
          "percentunit",
          "Requests that were not answered by 5xx.",
          `1 - (sum(rate(heddle_requests_total{${OWN},code_class="5xx"}[${RATE}])) or vector(0)) / sum(rate(heddle_requests_total{${OWN}}[${RATE}]))`,
          [0.999, 0.99],
        ),
        stat("p99", "s", "From arrival to the head of the answer.", quantile(0.99)),
        stat("In flight", "short", "As isolates said last.", `sum(heddle_in_flight{${OWN}})`),
        stat("Endpoints that serve", "short", "", `sum(max by (endpoint) (heddle_endpoint_up{${OWN}}))`),
        stat(
          "Retry budget",
          "percentunit",
          "1 within the budget.",
          `min(heddle_retry_budget_remaining_ratio{${OWN}})`,
          [0.9, 0.5],
        ),
        graph("Requests by status", "reqps", "", [requests("code_class"), "{{code_class}}"]),
        graph("Failures by response flag", "reqps", "Why the mesh answered by itself.", [
          requests("flag", ',flag!=""'),
          "{{flag}}",
        ]),
        graph("Latency", "s", "", [quantile(0.5), "p50"], [quantile(0.9), "p90"], [quantile(0.99), "p99"]),
        graph("Requests by route", "reqps", "", [requests("route"), "{{route}}"]),
        graph("Requests by method", "reqps", "", [requests("method"), "{{method}}"]),
        graph("Requests by region", "reqps", "", [requests("region"), "{{region}}"]),
      ],
    },
    {
      title: "Where they go",
      panels: [
        graph("Requests by endpoint", "reqps", "None: a refusal or a fallback.", [
          requests("endpoint"),
          "{{endpoint}}",
        ]),
        graph("p99 by endpoint", "s", "Time to the head of the answer, of attempts.", [
          `histogram_quantile(0.99, sum by (endpoint, le) (rate(heddle_upstream_duration_seconds_bucket{${OWN}}[${RATE}])))`,
          "{{endpoint}}",
        ]),
        timeline(
          "May take traffic",
          "",
          `min by (endpoint, region) (heddle_endpoint_up{${OWN}})`,
          "{{endpoint}} {{region}}",
        ),
        graph("Failed attempts by endpoint", "reqps", "", [
          `sum by (endpoint, outcome) (rate(heddle_attempts_total{${OWN},outcome!="ok"}[${RATE}]))`,
          "{{endpoint}} {{outcome}}",
        ]),
      ],
    },
    {
      title: "What the mesh does",
      panels: [
        graph(
          "Attempts beyond the first",
          "reqps",
          "",
          [`sum(rate(heddle_retries_wanted_total{${OWN}}[${RATE}]))`, "retries wanted"],
          [`sum(rate(heddle_retries_total{${OWN}}[${RATE}]))`, "retries"],
          [`sum(rate(heddle_hedges_total{${OWN}}[${RATE}]))`, "hedges"],
        ),
        graph("Retry budget", "percentunit", "Probability that a wanted retry may be made.", [
          `heddle_retry_budget_remaining_ratio{${OWN}}`,
          "{{region}}",
        ]),
        graph(
          "Not let in",
          "reqps",
          "Shed or over a limit.",
          [`sum by (reason) (rate(heddle_sheds_total{${OWN}}[${RATE}]))`, "{{reason}}"],
          [`sum by (decision) (rate(heddle_rate_limit_decisions_total{${OWN}}[${RATE}]))`, "rate limit {{decision}}"],
        ),
        graph(
          "Answered otherwise",
          "reqps",
          "Fallbacks by type, and copies for mirrors.",
          [`sum by (type) (rate(heddle_fallbacks_total{${OWN}}[${RATE}]))`, "fallback {{type}}"],
          [`sum by (result) (rate(heddle_mirrors_total{${OWN}}[${RATE}]))`, "mirror {{result}}"],
        ),
        graph("Isolates and exchanges", "short", "", [
          `sum by (region) (heddle_reporters{${OWN}})`,
          "isolates {{region}}",
        ]),
        graph("Operators' words in force", "short", "Drains, weights and the like.", [
          'sum by (action, state) (heddle_overrides{service="$service"})',
          "{{action}} {{state}}",
        ]),
      ],
    },
  ],
};
