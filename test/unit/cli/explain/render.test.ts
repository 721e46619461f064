import { describe, expect, it } from "vitest";
import type { Explanation } from "../../../../src/cli/explain/explanation.ts";
import { renderExplanation } from "../../../../src/cli/explain/render.ts";
import { createPaint } from "../../../../src/cli/terminal.ts";
import type { CandidateView } from "../../../../src/core/service-state.ts";

const candidate = (over: Partial<CandidateView>): CandidateView => ({
  id: "aws",
  endpoint: 0,
  priority: 0,
  available: true,
  reason: "",
  breaker: "closed",
  health: "unknown",
  ownOutForMs: 0,
  coolingForMs: 0,
  weight: 1,
  latencyMs: 21.4,
  failureRatio: 0.01,
  inFlight: 3,
  ownInFlight: 1,
  cost: 8.26,
  probability: 0.9,
  ...over,
});

const explanation: Explanation = {
  meshVersion: "0123456789abcdef",
  region: "weur",
  request: { method: "GET", url: "http://shop.test/cart" },
  route: { name: "route-0", rule: "rule-0" },
  backends: [
    {
      service: "shop",
      share: 1,
      policy: "adaptive",
      snapshotAgeMs: 240.4,
      candidates: [
        candidate({}),
        candidate({ id: "gcp", breaker: "open", available: false, reason: "the shared breaker is open", cost: null }),
        candidate({ id: "azure", available: false, reason: "3 failures in a row seen here", probability: 0 }),
      ],
      likeliest: "aws",
      why: "aws is the only endpoint that may be chosen",
    },
  ],
};

const render = (value: Explanation) => renderExplanation(value, createPaint(false));

describe("renderExplanation", () => {
  it("shows the request, the route, every candidate and why one wins", () => {
    expect(render(explanation)).toEqual([
      "GET http://shop.test/cart",
      "mesh 0123456789abcdef, region weur",
      "route route-0, rule rule-0",
      "",
      "service shop gets 100.0 % of the rule, policy adaptive, snapshot 240 ms old",
      "   endpoint  breaker    probability  cost  latency  failures  in flight  priority",
      "→  aws       closed          90.0 %   8.3    21 ms     1.0 %        3.0         0",
      "   gcp       open            90.0 %     -    21 ms     1.0 %        3.0         0  the shared breaker is open",
      "   azure     open here        0.0 %   8.3    21 ms     1.0 %        3.0         0  3 failures in a row seen here",
      "aws is the only endpoint that may be chosen",
    ]);
  });

  it.each<[string, Explanation, string]>([
    ["no route", { ...explanation, route: null, backends: [] }, "no route matches: the answer is 404 NR"],
    ["no backends", { ...explanation, backends: [] }, "the rule has no backends: the answer is 500"],
    [
      "no shared knowledge",
      { ...explanation, backends: [{ ...explanation.backends[0]!, snapshotAgeMs: null }] },
      "service shop gets 100.0 % of the rule, policy adaptive, no snapshot, own evidence only",
    ],
    [
      "no winner",
      { ...explanation, backends: [{ ...explanation.backends[0]!, likeliest: "", why: "no endpoint may be chosen" }] },
      "no endpoint may be chosen",
    ],
    [
      "a bound that it is beyond",
      { ...explanation, bounds: { beyond: "path", dryRun: false } },
      "beyond its bounds, so it is refused: path",
    ],
    [
      "such a bound on trial",
      { ...explanation, bounds: { beyond: "method", dryRun: true } },
      "beyond its bounds, on trial: method",
    ],
    [
      "no bound that it is beyond",
      { ...explanation, bounds: { beyond: null, dryRun: false } },
      "within its bounds (of a body nothing is known here)",
    ],
    [
      "somebody who has to say who they are",
      { ...explanation, authentication: { providers: ["idp", "partners"], required: true } },
      "authentication by idp, partners (without a credential the answer is 401)",
    ],
    [
      "something to see to",
      { ...explanation, problems: ["credential signed: the secret KEY is absent"] },
      "problem credential signed: the secret KEY is absent",
    ],
  ])("says when there is %s", (_, value, line) => {
    expect(render(value)).toContain(line);
  });
});
