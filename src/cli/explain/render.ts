import type { CandidateView } from "../../core/service-state.ts";
import { table } from "../table.ts";
import type { Paint } from "../terminal.ts";
import type { ExplainedBackend, Explanation } from "./explanation.ts";
import { renderAuthentication } from "./render-authentication.ts";
import { renderAuthorization } from "./render-authorization.ts";
import { renderRateLimits } from "./render-rate-limits.ts";

/** An explanation as lines of text. */
export function renderExplanation(explanation: Explanation, paint: Paint) {
  const { request, route, bounds = null, authorization = null, rateLimits = [], backends, problems = [] } = explanation;
  const { region, meshVersion, authentication = null } = explanation;
  const lines = [
    `${paint.bold(request.method)} ${request.url}`,
    paint.dim(`mesh ${meshVersion}, region ${region}`),
    route === null ? paint.red("no route matches: the answer is 404 NR") : `route ${route.name}, rule ${route.rule}`,
  ];
  if (bounds !== null) lines.push(renderBounds(bounds, paint));
  if (authentication !== null) lines.push(...renderAuthentication(authentication, paint));
  if (authorization !== null) lines.push(...renderAuthorization(authorization, paint));
  lines.push(...renderRateLimits(rateLimits, paint));
  if (route !== null && backends.length === 0) lines.push(paint.red("the rule has no backends: the answer is 500"));
  for (const backend of backends) lines.push("", ...renderBackend(backend, paint));
  if (problems.length > 0) lines.push("", ...problems.map((problem) => `${paint.yellow("problem")} ${problem}`));
  return lines;
}

function renderBounds({ beyond, dryRun }: NonNullable<Explanation["bounds"]>, paint: Paint): string {
  if (beyond === null) return `within its bounds ${paint.dim("(of a body nothing is known here)")}`;
  return dryRun
    ? `beyond its bounds, on trial: ${beyond}`
    : paint.red(`beyond its bounds, so it is refused: ${beyond}`);
}

function renderBackend(backend: ExplainedBackend, paint: Paint): string[] {
  const { service, share, policy, snapshotAgeMs, candidates, likeliest, why } = backend;
  const age =
    snapshotAgeMs === null ? "no snapshot, own evidence only" : `snapshot ${Math.round(snapshotAgeMs)} ms old`;
  const titles = ["", "endpoint", "breaker", "probability", "cost", "latency", "failures", "in flight", "priority", ""];
  const rows = candidates.map((candidate) => [
    candidate.id === likeliest ? paint.green("→") : " ",
    paint.bold(candidate.id),
    breaker(candidate, paint),
    percent(candidate.probability),
    candidate.cost === null ? "-" : number(candidate.cost),
    `${number(candidate.latencyMs)} ms`,
    percent(candidate.failureRatio),
    number(candidate.inFlight),
    `${candidate.priority}`,
    candidate.available ? paint.dim(candidate.reason) : paint.yellow(candidate.reason),
  ]);
  return [
    `service ${paint.bold(service)} ${paint.dim(`gets ${percent(share)} of the rule, policy ${policy}, ${age}`)}`,
    ...table([titles.map(paint.dim), ...rows], [false, false, false, true, true, true, true, true, true]),
    likeliest === "" ? paint.red(why) : why,
  ];
}

function breaker({ breaker: shared, available }: CandidateView, paint: Paint): string {
  if (shared !== "closed") return shared === "open" ? paint.red(shared) : paint.yellow(shared);
  return available ? paint.green(shared) : paint.yellow("open here");
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

function number(value: number): string {
  return Number.isFinite(value) ? value.toFixed(value < 10 && value !== 0 ? 1 : 0) : "-";
}
