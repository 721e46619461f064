/**
 * `npm run bench`: what the mesh costs and what it saves, beside the proxies and Workers that people use today.
 * `npm run bench -- --help` says what can be chosen.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { type Lineup, lineup } from "./contenders/registry.ts";
import { type BenchOptions, HELP, readOptions, type Section, UsageError } from "./options.ts";
import { type Environment, environment, environmentMarkdown } from "./report/environment.ts";
import { readableJson } from "./report/json.ts";
import { type SectionResult, sectionRun } from "./sections.ts";

/** Ends us, and by our exit what we started. */
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));

const args = process.argv.slice(2);
try {
  const options = readOptions(args);
  if (options.help) process.stdout.write(HELP);
  else await bench(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${HELP}`);
  process.exitCode = 2;
}

async function bench(options: BenchOptions): Promise<void> {
  const found = lineup(options.contenders);
  const runs = options.sections.map((section) => ({ section, ...sectionRun(section, options, found.present) }));
  sayLineup(found);
  const minutes = runs.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  say(`${availableParallelism()} cores; ${options.sections.join(", ")}: about ${minutes.toFixed(0)} min`);
  const place = environment(args);
  for (const { section, seconds, run } of runs) {
    say(`${section} (about ${Math.ceil(seconds)} s)`);
    const result = await run(say);
    save(options.out, section, result, place);
    process.stdout.write(`## ${result.title}\n\n${result.markdown}\n`);
  }
  say(`results are in ${resolve(options.out)}`);
}

function sayLineup({ present, missing }: Lineup): void {
  const versions = present.map((contender) => {
    const version = contender.version();
    return version === "here" ? contender.name : `${contender.name} ${version}`;
  });
  say(`contenders: ${versions.join(", ")}`);
  if (missing.length > 0) say(`not installed, left out: ${missing.join(", ")}`);
}

function save(out: string, section: Section, result: SectionResult, place: Environment): void {
  mkdirSync(out, { recursive: true });
  const { title, markdown, data, chart } = result;
  const page = [`# ${title}`, "", environmentMarkdown(place), markdown.trimEnd(), ""].join("\n");
  writeFileSync(join(out, `${section}.md`), page);
  writeFileSync(join(out, `${section}.json`), readableJson({ environment: place, ...wrapped(data) }));
  if (chart !== null) writeFileSync(join(out, `${section}.svg`), chart);
}

function wrapped(data: unknown): object {
  return Array.isArray(data) ? { rows: data } : (data as object);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
