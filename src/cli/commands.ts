import type { CommandSpec, OptionSpec } from "./command.ts";
import { FAULT_WORDS } from "./origin/fault.ts";

const json: OptionSpec = { does: "print JSON instead of text" };
const config: OptionSpec = {
  value: "FILE",
  short: "c",
  does: "mesh config: .yaml, .json or .ts (default: heddle.yaml, .yml, .json or heddle.config.ts here)",
};
const region: OptionSpec = { value: "REGION", does: "region the edge takes itself to be in, e.g. weur or enam" };

/** Every command, in the order help lists them. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "dev",
    summary: "Run a mesh on this machine, on real workerd, and reload it when its config changes",
    positionals: "",
    minPositionals: 0,
    maxPositionals: 0,
    options: {
      config,
      port: { value: "N", short: "p", does: "port to listen on; 0 for any free one (default 8787)" },
      host: { value: "ADDRESS", does: "address to listen on (default 127.0.0.1)" },
      state: { value: "DIR", does: "keep what the mesh learned here, across restarts" },
      region,
      json: { does: "print events as JSON, one a line" },
    },
    notes: [
      "Prints one line with `ready` and the URL when requests can be sent. A config with faults is reported and the last",
      "good one stays in force. Ends on Ctrl-C or SIGTERM.",
    ],
    examples: ["heddle dev", "heddle dev --config mesh.yaml --port 8080 --state .heddle/state"],
    load: async () => (await import("./commands/dev.ts")).dev,
  },
  {
    name: "validate",
    summary: "Check a config and report every fault with its path and line",
    positionals: "[FILE]",
    minPositionals: 0,
    maxPositionals: 1,
    options: { config, json },
    notes: ["Exit code 0: the config is good; 1: it has faults or cannot be read."],
    examples: ["heddle validate heddle.yaml", "heddle validate heddle.config.ts --json"],
    load: async () => (await import("./commands/validate.ts")).validate,
  },
  {
    name: "compile",
    summary: "Compile a config to the form the edge runs",
    positionals: "[FILE]",
    minPositionals: 0,
    maxPositionals: 1,
    options: { config, out: { value: "FILE", short: "o", does: "write it here (default: standard output)" }, json },
    notes: ["wrangler.toml runs this as its build step. Nothing is written when the config has faults."],
    examples: ["heddle compile heddle.yaml --out .heddle/mesh.json"],
    load: async () => (await import("./commands/compile.ts")).compile,
  },
  {
    name: "explain",
    summary: "Say how a request would be routed, and why",
    positionals: "URL",
    minPositionals: 1,
    maxPositionals: 1,
    options: {
      edge: { value: "URL", short: "e", does: "ask this edge (default: the one URL points at)" },
      config: {
        value: "FILE",
        short: "c",
        does: "start an edge on this config and ask it; it has met no traffic",
      },
      method: { value: "METHOD", short: "X", does: "method of the request (default GET)" },
      header: {
        value: "NAME:VALUE",
        short: "H",
        many: true,
        does: "header of the request; may be given several times",
      },
      token: { value: "TOKEN", does: "debug token of a deployed edge (default: $HEDDLE_DEBUG_TOKEN)" },
      region,
      json,
    },
    notes: ["Exit code 1: no edge answered, or no route matches."],
    examples: [
      "heddle explain http://127.0.0.1:8787/cart",
      'heddle explain https://shop.example.com/cart --edge http://127.0.0.1:8787 -H "x-user: 7"',
      "heddle explain https://shop.example.com/cart --config heddle.yaml",
    ],
    load: async () => (await import("./commands/explain.ts")).explain,
  },
  {
    name: "schema",
    summary: "Print the JSON Schema of the config, or its reference",
    positionals: "",
    minPositionals: 0,
    maxPositionals: 0,
    options: {
      docs: { does: "the reference, as Markdown" },
      out: { value: "FILE", short: "o", does: "write it here (default: standard output)" },
      json: { does: "the schema (the default)" },
    },
    notes: [],
    examples: ["heddle schema --out heddle.schema.json", "heddle schema --docs"],
    load: async () => (await import("./commands/schema.ts")).schema,
  },
  {
    name: "demo",
    summary: "Run a mesh over three pretend clouds with live traffic, to break on purpose",
    positionals: "",
    minPositionals: 0,
    maxPositionals: 0,
    options: {
      port: { value: "N", short: "p", does: "port of the edge; 0 for any free one (default 8787, or a free one)" },
      rps: { value: "N", does: "requests per second (default 100)" },
      "no-traffic": { does: "send no requests" },
      for: { value: "DURATION", does: "end by itself, e.g. after 30s" },
      region,
      json: { does: "print a JSON object a second" },
    },
    notes: ["In a second terminal: heddle chaos aws hang, and heddle chaos aws heal."],
    examples: ["heddle demo", "heddle demo --rps 300 --for 30s"],
    load: async () => (await import("./commands/demo.ts")).demo,
  },
  {
    name: "chaos",
    summary: "Make an origin of the running demo fail, or heal it",
    positionals: "[ORIGIN FAULT...]",
    minPositionals: 0,
    maxPositionals: Number.POSITIVE_INFINITY,
    options: {
      control: { value: "URL", does: "control address (default: from .heddle/demo.json of the running demo)" },
      json,
    },
    notes: [
      "Without arguments: lists the origins and their faults. ORIGIN may be `all`. Faults combine:",
      ...FAULT_WORDS.map(({ form, does }) => `  ${form.padEnd(16)} ${does}`),
    ],
    examples: [
      "heddle chaos",
      "heddle chaos aws hang",
      "heddle chaos gcp latency=300ms error-rate=20%",
      "heddle chaos all heal",
    ],
    load: async () => (await import("./commands/chaos.ts")).chaos,
  },
];
