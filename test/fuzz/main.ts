/**
 * `npm run fuzz`: plays the targets for as long as one likes, from a new seed each time. What it finds is printed with the
 * smallest input that shows it, and with the seed; it ends with 1 then.
 */
import { parseArgs } from "node:util";
import fc from "fast-check";
import { findingOf } from "./target.ts";
import { fuzzTargets } from "./targets.ts";

const HELP = `npm run fuzz -- [--minutes 10] [--target NAME]... [--seed N]

  --minutes  how long, all targets together; default 10
  --target   only these; default all
  --seed     to begin with; default by the clock

targets:
${fuzzTargets.map(({ name, holds }) => `  ${name.padEnd(20)} ${holds}`).join("\n")}
`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    target: { type: "string", multiple: true, default: [] },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    help: { type: "boolean", short: "h", default: false },
  },
});
const unknown = values.target.filter((name) => !fuzzTargets.some((target) => target.name === name));
const minutes = Number(values.minutes);

if (values.help) process.stdout.write(HELP);
else if (unknown.length > 0 || !(minutes > 0) || !Number.isInteger(Number(values.seed))) {
  process.stderr.write(
    `${unknown.length > 0 ? `no target ${unknown.join(", ")}` : "--minutes or --seed is no number"}\n\n${HELP}`,
  );
  process.exitCode = 2;
} else {
  process.exitCode = await fuzz();
}

/** Round after round over the targets, so that each gets its share. */
async function fuzz(): Promise<number> {
  const chosen = fuzzTargets.filter(({ name }) => values.target.length === 0 || values.target.includes(name));
  const endMs = Date.now() + minutes * 60_000;
  const played = new Map<string, number>();
  const broken = new Set<string>();
  for (let seed = Number(values.seed); Date.now() < endMs && broken.size < chosen.length; seed += 1) {
    for (const { name, property, cases } of chosen) {
      if (broken.has(name) || Date.now() >= endMs) continue;
      const result = await fc.check(property, { seed, numRuns: cases });
      played.set(name, (played.get(name) ?? 0) + result.numRuns);
      const finding = findingOf(result);
      if (finding === null) continue;
      broken.add(name);
      process.stdout.write(`\n${name}: ${finding}\n`);
    }
    process.stderr.write(`seed ${seed}: ${[...played.values()].reduce((sum, cases) => sum + cases, 0)} cases\n`);
  }
  for (const [name, cases] of played)
    process.stdout.write(`${name.padEnd(20)} ${cases} cases${broken.has(name) ? ", broken" : ""}\n`);
  return broken.size > 0 ? 1 : 0;
}
