import type { CommandSpec, OptionSpec } from "../command.ts";
import { FAULT_WORDS } from "../origin/fault.ts";
import { config, json, region } from "./options.ts";

const controlPort: OptionSpec = {
  value: "N",
  does: "port of the control plane; 0 for any free one (default 8788, or a free one)",
};
const noControl: OptionSpec = { does: "run no control plane" };

/** Commands that run a mesh on this machine. */
export const LOCAL_COMMANDS: readonly CommandSpec[] = [
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
      "control-port": controlPort,
      "no-control": noControl,
      state: { value: "DIR", does: "keep what the mesh learned here, across restarts" },
      region,
      json: { does: "print events as JSON, one a line" },
    },
    notes: [
      "Prints one line with `ready` and the URL when requests can be sent. A config with faults is reported and the last",
      "good one stays in force. Ends on Ctrl-C or SIGTERM.",
      "While it runs, commands that ask a mesh (status, drain, apply …) find this one from the same folder, by",
      ".heddle/local.json. A saved config is a version in its history.",
      "Secrets that the config refers to ({ secret: NAME }) come from .dev.vars beside it, lines of NAME=value as for",
      "wrangler dev: read at the start, and not for the repository.",
    ],
    examples: ["heddle dev", "heddle dev --config mesh.yaml --port 8080 --state .heddle/state"],
    load: async () => (await import("../commands/dev.ts")).dev,
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
      "control-port": controlPort,
      "no-control": noControl,
      "no-traffic": { does: "send no requests" },
      for: { value: "DURATION", does: "end by itself, e.g. after 30s" },
      region,
      json: { does: "print a JSON object a second" },
    },
    notes: ["In a second terminal: heddle chaos aws hang, and heddle chaos aws heal."],
    examples: ["heddle demo", "heddle demo --rps 300 --for 30s"],
    load: async () => (await import("../commands/demo.ts")).demo,
  },
  {
    name: "chaos",
    summary: "Make an origin of the running demo fail, or heal it",
    positionals: "[ORIGIN FAULT...]",
    minPositionals: 0,
    maxPositionals: Number.POSITIVE_INFINITY,
    options: {
      switchboard: {
        value: "URL",
        does: "where origins are told to fail (default: from .heddle/demo.json of the running demo)",
      },
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
    load: async () => (await import("../commands/chaos.ts")).chaos,
  },
];
