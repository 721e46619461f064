/** Rollouts: traffic moved from one service to another in steps, each judged by what it met. */
import * as z from "zod";
import { duration } from "./duration.ts";
import { recordOf, withRule } from "./finding.ts";
import { headerName, NAME_MESSAGE, NAME_PATTERN, name, placedName } from "./names.ts";
import { derived, group, required, setting, withDefaults } from "./setting.ts";

const side = z.strictObject({
  service: required(placedName(), "Name or alias of the service."),
  ...withDefaults({ subset: derived(name(), "One of the service's subsets.", "the whole service") }),
});

const weight = required(
  z.number().gt(0).max(100),
  "Percent of the requests that go to the canary; more with every step.",
);

const step = z.strictObject({
  weight,
  bake: required(
    duration("1s", "720h"),
    "How long the step is watched, at least. Nothing but a broken limit or an operator ends it sooner.",
  ),
});

const successRate = z.strictObject(
  withDefaults({
    min: setting(
      z.number().min(0).max(100),
      "Percent of the canary's requests that have to succeed; 0 is no limit. Each attempt at an endpoint counts, and each request that no endpoint was there for.",
      99,
      "as in Flagger's examples",
    ),
    maxDrop: setting(
      z.number().min(0).max(100),
      "Percentage points by which it may be below the stable side's; 100 is no limit.",
      1,
      "as much as min leaves by itself",
    ),
  }),
);

const p99 = z.strictObject(
  withDefaults({
    max: derived(
      duration("1ms", "10m"),
      "The longest that the 99th percentile of the canary's good answers may be, to the first byte.",
      "no limit of its own",
    ),
    maxRatio: setting(
      z.number().min(0).max(1_000),
      "How many times the stable side's 99th percentile it may be; 0 is no limit.",
      1.5,
      "room for how much a percentile of some hundred requests varies",
    ),
  }),
);

const analysis = z.strictObject({
  ...withDefaults({
    minRequests: setting(
      z.int().min(1).max(100_000_000),
      "Requests that the canary has to have met before a step is passed, and the stable side before it is compared with.",
      500,
      "a canary that fails twice as often as 99 % allow passes 500 by luck one time in fifteen",
    ),
    confidence: setting(
      z.number().min(80).max(99.9999),
      "Percent: how sure it has to be, over all looks at a step together, that a limit is broken before the rollout is rolled back.",
      99,
      "one good canary in a hundred is sent back for each limit, at most",
    ),
    rollBackAfter: derived(
      duration("0s", "720h"),
      "A step still undecided so long after its bake time, with too few requests or results at the limit, is rolled back.",
      "it waits",
    ),
  }),
  successRate: group(successRate, "Share of requests that succeed."),
  p99: group(p99, "How slow the slowest hundredth of the good answers begins to be."),
});

const force = z.strictObject(
  withDefaults({
    header: derived(headerName(), "Name of a header.", "none"),
    cookie: derived(headerName(), "Name of a cookie.", "none"),
  }),
);

const steps = required(
  z.array(step).min(1).max(100),
  "Weights in ascending order, 1 to 100. After the last one all goes to the canary.",
);

const rolloutSchema = z.strictObject({
  stable: side.describe("Where requests go that do not go to the canary. Required."),
  canary: side.describe("The newcomer. Required."),
  steps,
  analysis: group(analysis, "What has to be seen of the canary, in each step anew."),
  ...withDefaults({
    force: derived(
      force,
      'Lets callers choose: a header or cookie with the value "canary" or "stable" wins over the weight, at any time. Whoever knows the name may use it.',
      "nobody chooses",
    ),
  }),
});

withRule(rolloutSchema, { steps: z.array(z.object({ weight: z.number() })) }, function* ({ steps: given }) {
  for (const [index, { weight: percent }] of given.entries()) {
    const before = given[index - 1]?.weight ?? 0;
    if (index === 0 || percent > before) continue;
    const message = `${percent} is no more than the step before has, ${before}`;
    yield { path: ["steps", index, "weight"], message };
  }
});

const placed = z.object({ service: z.string(), subset: z.string().optional() });

withRule(rolloutSchema, { stable: placed, canary: placed }, function* ({ stable, canary }) {
  if (stable.service !== canary.service || stable.subset !== canary.subset) return;
  yield { path: ["canary"], message: "is the stable side itself" };
});

export const rolloutsSchema = recordOf(NAME_PATTERN, NAME_MESSAGE, rolloutSchema);

export type RolloutConfig = z.output<typeof rolloutSchema>;
