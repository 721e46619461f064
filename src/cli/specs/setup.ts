import type { CommandSpec } from "../command.ts";
import { config, json, mesh } from "./options.ts";

const workerFiles = {
  "edge-config": { value: "FILE", does: "Wrangler's config of the edge (default: wrangler.toml)" },
  "control-config": {
    value: "FILE",
    does: "Wrangler's config of the control plane (default: wrangler.control.toml, or workers/control/wrangler.toml)",
  },
};

/** Commands that set a mesh up and look after its installation. */
export const SETUP_COMMANDS: readonly CommandSpec[] = [
  {
    name: "init",
    summary: "Write a project: a config, both Workers, a CI workflow; ready to run and to deploy",
    positionals: "",
    minPositionals: 0,
    maxPositionals: 0,
    options: {
      name: { value: "NAME", short: "n", does: "of the mesh and its Workers (default: the folder's)" },
      endpoint: { value: "ID=URL", short: "e", many: true, does: "an origin; may be given several times" },
      cloud: {
        value: "ID=CLOUD[/REGION]",
        many: true,
        does: "where an endpoint runs (default: what its address tells)",
      },
      route: { value: "HOST", short: "r", many: true, does: "a host the edge answers at (default: workers.dev)" },
      "health-path": { value: "PATH", does: "what answers 2xx while an origin is well (default: no checks)" },
      dir: { value: "DIR", short: "d", does: "write it here (default: the current folder)" },
      force: { does: "replace files that are there" },
      yes: { short: "y", does: "ask nothing; what no option says has its default" },
      json,
    },
    notes: ["Asks for what no option says, on a terminal. Files that are there are kept, and it says so."],
    examples: [
      "heddle init",
      "heddle init --name shop -e aws=https://shop.aws.example.com -e gcp=https://shop.gcp.example.com --yes",
      "heddle init --dir mesh --cloud aws=aws/us-east-1 --route shop.example.com --health-path /healthz",
    ],
    load: async () => (await import("../commands/init.ts")).init,
  },
  {
    name: "deploy",
    summary: "Deploy both Workers with Wrangler, after showing what will change",
    positionals: "",
    minPositionals: 0,
    maxPositionals: 0,
    options: {
      "dry-run": { does: "show what would change, and deploy nothing" },
      only: { value: "WORKER", does: "edge or control, not the other one" },
      config,
      ...workerFiles,
      ...mesh,
      yes: { short: "y", does: "do not ask; needed where nobody can be asked" },
      json,
    },
    notes: [
      "Builds first: a config with faults or a Worker that does not build deploys nothing. Shows how the config differs from",
      "the one in force, when a control plane can be asked, the bindings, and the sizes. The edge goes first, for it has the",
      "objects that the control plane uses.",
    ],
    examples: ["heddle deploy --dry-run", "heddle deploy --yes --context prod", "heddle deploy --only control"],
    load: async () => (await import("../commands/deploy.ts")).deploy,
  },
  {
    name: "doctor",
    summary: "Check everything that a mesh needs, from Node.js to the version in force, and say what to do",
    positionals: "",
    minPositionals: 0,
    maxPositionals: 0,
    options: { config, ...workerFiles, ...mesh, json },
    notes: [
      "Looks at Node.js, the package, Wrangler, the config, both Workers' wrangler.toml, workerd, secrets (names only), the",
      "control plane and the edge, their clock and versions, and whether the config here is the one in force.",
      "Exit code 1: something is broken. What is only worth a look does not count.",
    ],
    examples: ["heddle doctor", "heddle doctor --context prod --json"],
    load: async () => (await import("../commands/doctor.ts")).doctor,
  },
];
