/** Writes accuracy.md: `node test/forecast/main.ts`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { hoursOf, type Shape, USUAL } from "../unit/core/forecast/traffic-shapes.ts";
import { type Measured, measure } from "./measure.ts";
import { readHours } from "./recorded.ts";

const DAY = 24;
const WEEK = 7 * DAY;

const SHAPES: readonly (readonly [name: string, shape: Shape])[] = [
  ["usual", USUAL],
  ["grows by 8 % a week", { ...USUAL, weeklyGrowth: 0.08 }],
  ["nearly asleep at night", { ...USUAL, dayRatio: 0.95, offRatio: 0.4 }],
  ["noisy", { ...USUAL, noise: 0.2 }],
];

function row(name: string, horizon: number, { mase, naiveMase, in80, in95, forecasts }: Measured): string {
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const numbers = [mase.toFixed(2), naiveMase.toFixed(2), (mase / naiveMase).toFixed(2), percent(in80), percent(in95)];
  return `| ${[name, `${horizon} h`, forecasts, ...numbers].join(" | ")} |`;
}

const HEAD = [
  "| load | ahead | forecasts | MASE | seasonal naive | ratio | within 80 % | within 95 % |",
  "| --- | --- | --- | --- | --- | --- | --- | --- |",
];

const { values, firstStep } = readHours("bike-hours.csv");
const recorded = [
  [6, 6],
  [DAY, DAY],
  [3 * DAY, DAY],
].map(([horizon, everyHours]) =>
  row(
    "bike rentals",
    horizon!,
    measure(values, firstStep, { from: 2 * WEEK + DAY, horizon: horizon!, everyHours: everyHours! }),
  ),
);
const made = SHAPES.flatMap(([name, shape]) =>
  [DAY, WEEK].map((horizon) =>
    row(name, horizon, measure(hoursOf(shape, 10 * WEEK, 11), 0, { from: 5 * WEEK, horizon, everyHours: 2 * DAY })),
  ),
);

const text = `# How good forecasts are

Made by \`node test/forecast/main.ts\`. Each forecast knows what was before it and nothing else. MASE is the mean absolute error over
that of the seasonal naive forecast (a week ago) within the history; beside it the same of the seasonal naive forecast for the hours
that were forecast, and the ratio of both: below 1 the model is better. The last columns say how many values lay within the intervals.

## Recorded load

Rentals an hour of the Capital Bikeshare system in Washington, 29 days of June and July 2012: a recorded demand of people, with
working days, weekends, rain and a holiday eve. From the Bike Sharing Dataset, UCI, CC BY 4.0; \`bike-hours.csv\` says more. Two weeks and
a day are known before the first forecast, which is as little as a weekly season needs.

${[...HEAD, ...recorded].join("\n")}

## Made-up load

Ten weeks, seeded, with the shapes that load of services is known for (\`traffic-shapes.ts\`): a day, two days off, a remainder that
persists. Of a remainder that nobody can know a perfect model has a ratio of 0.71, since the naive forecast has it twice.

${[...HEAD, ...made].join("\n")}
`;
writeFileSync(join(import.meta.dirname, "accuracy.md"), text);
