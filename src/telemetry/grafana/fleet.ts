import { type DashboardDefinition, graph, RATE, stat, timeline } from "./definitions.ts";

/** All services: who is not well, and where to look. */
export const FLEET: DashboardDefinition = {
  uid: "heddle-fleet",
  title: "Heddle / Fleet",
  description: "All services of the mesh.",
  variables: [],
  rows: [
    {
      title: "Now",
      panels: [
        stat("Requests", "reqps", "Over all services.", `sum(rate(heddle_requests_total[${RATE}]))`),
        stat(
          "Success",
          "percentunit",
          "Requests that were not answered by 5xx.",
          `1 - (sum(rate(heddle_requests_total{code_class="5xx"}[${RATE}])) or vector(0)) / sum(rate(heddle_requests_total[${RATE}]))`,
          [0.999, 0.99],
        ),
        stat(
          "Endpoints out",
          "short",
          "May take no traffic in at least one region.",
          "count(min by (service, endpoint) (heddle_endpoint_up) == 0) or vector(0)",
          [1, 3],
        ),
        stat(
          "Breakers open",
          "short",
          "Endpoints with an open breaker in at least one region.",
          'count(max by (service, endpoint) (heddle_breaker_state{state="open"}) == 1) or vector(0)',
          [1, 3],
        ),
        stat(
          "Isolates",
          "short",
          "That reported in the last 15 s, counted once for each service.",
          "sum(heddle_reporters)",
        ),
        stat(
          "Objects missing",
          "short",
          "Gave no answer to the last scrape: what they count is missing here.",
          "max(heddle_scrape_missing_objects)",
          [1, 5],
        ),
      ],
    },
    {
      title: "Services",
      panels: [
        graph("Requests by service", "reqps", "", [
          `sum by (service) (rate(heddle_requests_total[${RATE}]))`,
          "{{service}}",
        ]),
        graph("Failures by service", "percentunit", "Share of requests answered by 5xx.", [
          `sum by (service) (rate(heddle_requests_total{code_class="5xx"}[${RATE}])) / sum by (service) (rate(heddle_requests_total[${RATE}]))`,
          "{{service}}",
        ]),
        graph("p99 by service", "s", "From a request's arrival to the head of its answer.", [
          `histogram_quantile(0.99, sum by (service, le) (rate(heddle_request_duration_seconds_bucket[${RATE}])))`,
          "{{service}}",
        ]),
        graph("Requests by region", "reqps", "", [
          `sum by (region) (rate(heddle_requests_total[${RATE}]))`,
          "{{region}}",
        ]),
        timeline(
          "Endpoints",
          "1: it may take traffic in every region that measures it.",
          "min by (service, endpoint) (heddle_endpoint_up)",
          "{{service}} {{endpoint}}",
        ),
        graph("Ejections", "ops", "Breakers that were opened, by cause.", [
          `sum by (service, cause) (rate(heddle_ejections_total[${RATE}]))`,
          "{{service}} {{cause}}",
        ]),
      ],
    },
    {
      title: "The mesh itself",
      panels: [
        graph("Answered before a service was chosen", "reqps", "No route, loops, redirects, preflights, faults.", [
          `sum by (flag, code_class) (rate(heddle_unrouted_requests_total[${RATE}]))`,
          "{{code_class}} {{flag}}",
        ]),
        graph("Exchanges without an answer", "percentunit", "Isolates go on with their last snapshot.", [
          `sum by (service) (rate(heddle_sync_failures_total[${RATE}])) / sum by (service) (rate(heddle_sync_calls_total[${RATE}]))`,
          "{{service}}",
        ]),
        graph("Age of snapshots", "s", "The oldest that an isolate went by in the last minute.", [
          "max by (service, region) (heddle_snapshot_age_seconds)",
          "{{service}} {{region}}",
        ]),
        graph("Isolates by version of the config", "short", "", [
          "sum by (digest) (heddle_config_reporters)",
          "{{digest}}",
        ]),
        timeline(
          "Runs the config in force",
          "0: an object still runs another version.",
          "min by (service, region) (heddle_config_current)",
          "{{service}} {{region}}",
        ),
        graph(
          "Cold starts",
          "ops",
          "Isolates that reported for the first time, and requests that waited for a snapshot.",
          [`sum(rate(heddle_cold_starts_total[${RATE}]))`, "isolates"],
          [`sum(rate(heddle_cold_requests_total[${RATE}]))`, "requests"],
        ),
        graph(
          "Estimated cost a day",
          "currencyUSD",
          "By list prices, without CPU time and without what is included in the plan.",
          [`sum by (part) (rate(heddle_estimated_cost_usd_total[${RATE}])) * 86400`, "{{part}}"],
        ),
        graph("Scrapes", "s", "How long the control plane took to ask all objects.", [
          "max(heddle_scrape_duration_seconds)",
          "seconds",
        ]),
      ],
    },
  ],
};
