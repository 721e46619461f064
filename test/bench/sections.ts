/** The sections of the benchmark: each runs, and gives its numbers, its page and its chart. */
import type { Contender } from "./contenders/contender.ts";
import { FAULTS } from "./failover/faults.ts";
import { failoverMarkdown } from "./failover/report.ts";
import { failoverSeconds, runFailover } from "./failover/run.ts";
import { summarize } from "./failover/summary.ts";
import { growthMarkdown, runGrowth } from "./growth/run.ts";
import { callsTable, duelTable, microTable } from "./headline/report.ts";
import { headlineSeconds, runHeadline, TARGETS } from "./headline/run.ts";
import { hasWrk } from "./load.ts";
import { microBenchmarks } from "./micro.ts";
import type { BenchOptions, Section } from "./options.ts";
import { overheadMarkdown } from "./overhead/report.ts";
import { overheadSeconds, runOverhead } from "./overhead/run.ts";
import { failoverChart } from "./report/failover-chart.ts";
import { overheadChart } from "./report/overhead-chart.ts";
import { runStreaming, streamingMarkdown, streamingSeconds } from "./streaming/run.ts";

export interface SectionResult {
  readonly title: string;
  readonly markdown: string;
  /** What the page was made from. */
  readonly data: unknown;
  /** SVG; null for none. */
  readonly chart: string | null;
}

export interface SectionRun {
  readonly seconds: number;
  readonly run: (say: (line: string) => void) => Promise<SectionResult>;
}

/** A headline duel's connections on each side. */
const DUEL_CONNECTIONS = 32;

export function sectionRun(section: Section, options: BenchOptions, contenders: readonly Contender[]): SectionRun {
  switch (section) {
    case "headline":
      return headline(options);
    case "micro":
      return {
        seconds: 45,
        run: async () => {
          const micro = await microBenchmarks();
          return { title: "Deciding", markdown: microTable(micro), data: micro, chart: null };
        },
      };
    case "overhead":
      return overhead(options, contenders);
    case "streaming":
      return streaming(options, everywhere(contenders));
    case "failover":
      return failover(options, everywhere(contenders));
    case "growth":
      return {
        seconds: 15 + options.coldRounds,
        run: async () => {
          const growth = await runGrowth(options.coldRounds);
          return { title: "Growth", markdown: growthMarkdown(growth), data: growth, chart: null };
        },
      };
  }
}

function everywhere(contenders: readonly Contender[]): readonly Contender[] {
  return contenders.filter(({ only }) => only === undefined);
}

function headline({ rounds, seconds, parts }: BenchOptions): SectionRun {
  const plan = {
    targets: TARGETS.filter(({ name }) => parts.includes(name)),
    rounds: rounds.headline,
    seconds,
    connections: DUEL_CONNECTIONS,
    steady: parts.includes("steady"),
  };
  return {
    seconds: headlineSeconds(plan),
    run: async (say) => {
      const data = await runHeadline(plan, say);
      const load = hasWrk ? "wrk" : "Node";
      const markdown = [
        `Both loaded at the same moment on the same core by ${load}, ${plan.connections} connections each; ${plan.rounds} rounds of`,
        `${plan.seconds} s; target ÷ bare, median [lowest-highest].`,
        "",
        ...(data.duels.length > 0 ? [duelTable(data.duels)] : []),
        ...(data.steady === null ? [] : [callsTable(data.steady)]),
      ].join("\n");
      return { title: "Heddle against a bare Worker", markdown, data, chart: null };
    },
  };
}

function overhead(options: BenchOptions, contenders: readonly Contender[]): SectionRun {
  const { connections, rounds, seconds } = options;
  const plan = { contenders, connections, rounds: rounds.overhead, seconds };
  return {
    seconds: overheadSeconds(plan),
    run: async (say) => {
      const data = await runOverhead(plan, say);
      return { title: "Overhead", markdown: overheadMarkdown(data, plan), data, chart: overheadChart(data.rows) };
    },
  };
}

function streaming({ megabytes, rounds }: BenchOptions, contenders: readonly Contender[]): SectionRun {
  const plan = { contenders, rounds: rounds.streaming, megabytes };
  return {
    seconds: streamingSeconds(plan),
    run: async () => {
      const data = await runStreaming(plan);
      return { title: "Large bodies", markdown: streamingMarkdown(data, plan), data, chart: null };
    },
  };
}

function failover(options: BenchOptions, contenders: readonly Contender[]): SectionRun {
  const faults = FAULTS.filter(({ name }) => options.faults === null || options.faults.includes(name));
  const { rps, warmUpSeconds, faultSeconds, healSeconds, seed, parallel, repeats } = options;
  const plan = { contenders, faults, rps, warmUpSeconds, faultSeconds, healSeconds, seed, parallel, repeats };
  return {
    seconds: failoverSeconds(plan),
    run: async (say) => {
      const trials = await runFailover(plan, say);
      const cells = summarize(trials);
      return {
        title: "Failover",
        markdown: failoverMarkdown(cells, plan),
        data: { cells, trials },
        chart: failoverChart(cells),
      };
    },
  };
}
