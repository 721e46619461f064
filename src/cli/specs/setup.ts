import type { CommandSpec } from "../command.ts";
import { json } from "./options.ts";

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
];
