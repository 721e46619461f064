import { METRICS, SCOPES } from "../../simulate/report/metrics.ts";
import { SCENARIO_WORDS } from "./catalogue.ts";

/** What the help of `simulate` ends with: its scenarios, its metrics, its exit codes. */
export function simulateNotes(): string[] {
  const formWidth = Math.max(...SCENARIO_WORDS.map(({ form }) => form.length));
  const nameWidth = Math.max(...METRICS.map(({ name }) => name.length));
  return [
    "Scenarios. ID is an endpoint, a cloud, CLOUD/REGION or all; without one the first endpoint is hit. Joined by + they",
    "happen at once; `all` plays each of them by itself:",
    ...SCENARIO_WORDS.map(({ form, does }) => `  ${form.padEnd(formWidth)}  ${does}`),
    "",
    `Assertions are [PART.]METRIC, one of >= <= > <, and a value; PART is ${SCOPES.join(", ")} (the default). Metrics:`,
    ...METRICS.map(({ name, does }) => `  ${name.padEnd(nameWidth)}  ${does}`),
    "",
    "Fields of --sweep are the config's, from its top or of every service: services.shop.retry.attempts, retry.attempts.",
    "The same command gives the same result. Exit code 0: played, and all assertions hold; 1: one does not, or the config",
    "has faults; 2: wrong usage.",
  ];
}
