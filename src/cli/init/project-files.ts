import { relative } from "node:path";
import { stringify } from "yaml";
import { installation } from "../installation.ts";
import type { Project } from "./project.ts";
import { CONTROL_CONFIG, controlWrangler, EDGE_CONFIG, edgeWrangler } from "./wrangler-files.ts";

/** A file that `init` writes: `path` below the project's folder, with slashes. */
export interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

/** The version of Wrangler that this heddle is deployed with. A test holds it to package.json. */
export const WRANGLER = "^4.156.2";

export const WORKFLOW = ".github/workflows/heddle.yml";

/**
 * Everything a project is made of.
 *
 * - `folder`: where it will be, absolute.
 */
export function projectFiles(project: Project, folder: string): ProjectFile[] {
  return [
    { path: "heddle.yaml", text: meshConfig(project) },
    { path: EDGE_CONFIG, text: edgeWrangler(project) },
    { path: CONTROL_CONFIG, text: controlWrangler(project) },
    { path: "src/edge.ts", text: EDGE_MODULE },
    { path: "src/control.ts", text: CONTROL_MODULE },
    { path: "package.json", text: packageJson(project, folder) },
    { path: ".gitignore", text: "node_modules/\n.heddle/\n.wrangler/\n.dev.vars\n" },
    { path: WORKFLOW, text: workflow(project) },
    { path: "README.md", text: readme(project) },
  ];
}

const EDGE_MODULE = `/** The data plane: the mesh that heddle.yaml says, and the Durable Objects that hold what all isolates know. */
import { heddle } from "heddle";
import mesh from "heddle:mesh";

export * from "heddle/objects";
export default heddle({ mesh });
`;

const CONTROL_MODULE = `/** The control plane: its admin API and its own Durable Objects. Traffic never depends on it. */
export * from "heddle/control";
export { default } from "heddle/control";
`;

/** The mesh's config. What users of a mesh have of their own is quoted as YAML needs it. */
function meshConfig({ name, endpoints, healthPath }: Project): string {
  const service = {
    endpoints: endpoints.map(({ id, url, cloud, region }) => ({
      id,
      url,
      ...(cloud !== "" && { locality: { cloud, ...(region !== "" && { region }) } }),
    })),
    ...(healthPath !== "" && { healthChecks: [{ path: healthPath, interval: "5s" }] }),
  };
  return `# yaml-language-server: $schema=./node_modules/heddle/dist/heddle.schema.json
# Every field: npx heddle schema --docs
${stringify({ services: { [name]: service } })}
${stringify({ routes: [{ rules: [{ backendRefs: [{ service: name }] }] }] })}`;
}

function packageJson({ name }: Project, folder: string): string {
  const { version, isCheckout, root } = installation();
  // A checkout is not what the registry has under that version.
  const heddle = isCheckout ? `file:${relative(folder, root) || "."}` : `^${version}`;
  const json = {
    name,
    private: true,
    type: "module",
    scripts: { dev: "heddle dev", validate: "heddle validate", deploy: "heddle deploy", doctor: "heddle doctor" },
    dependencies: { heddle },
    devDependencies: { wrangler: WRANGLER },
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

function workflow({ name }: Project): string {
  return `# Checks the mesh's config on every pull request and shows what it would change; applies it when it is merged.
#
# Needs the variable HEDDLE_CONTROL_URL (https://${name}-control.<account>.workers.dev) and the secret HEDDLE_TOKEN,
# made with: npx heddle token create ci --scope admin
# Pull requests from forks have no secrets: they are only validated.
name: heddle
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
# Two merges at the same time are applied one after the other.
concurrency:
  group: heddle-\${{ github.ref }}
jobs:
  config:
    runs-on: ubuntu-latest
    env:
      HEDDLE_CONTROL_URL: \${{ vars.HEDDLE_CONTROL_URL }}
      HEDDLE_TOKEN: \${{ secrets.HEDDLE_TOKEN }}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      - run: npm ci
      - run: npx heddle validate heddle.yaml
      - name: What would change
        if: github.event_name == 'pull_request' && env.HEDDLE_TOKEN != ''
        # 1 says that there is a difference, which is why there is a pull request.
        run: npx heddle diff heddle.yaml || test $? -eq 1
      - name: Apply, and go back when callers suffer
        if: github.event_name == 'push' && env.HEDDLE_TOKEN != ''
        env:
          MESSAGE: \${{ github.event.head_commit.message }}
        run: npx heddle apply heddle.yaml --guard 2m --message "$(printf '%s' "$MESSAGE" | head -n 1)" --yes
`;
}

function readme({ name, hosts }: Project): string {
  const at = hosts[0] === undefined ? `${name}-edge.<account>.workers.dev` : hosts[0].replace(/^\*/, "www");
  return `# ${name}

A [Heddle](https://www.npmjs.com/package/heddle) mesh: \`heddle.yaml\` says where requests go, \`${name}-edge\` carries them, and
\`${name}-control\` is where the mesh is changed and looked at.

## Next steps

    npm install
    npx heddle validate                # every fault, with its line
    npx heddle dev                     # the mesh on this machine
    npx heddle doctor                  # what is missing, and what to do about it

    npx wrangler login
    npx heddle deploy                  # shows what will change, asks, and deploys the edge and then the control plane

Then its secrets, each 32 characters or more (\`openssl rand -hex 32\`). The operator's is the same for both Workers:

    npx wrangler secret put HEDDLE_SESSION_KEY -c ${EDGE_CONFIG}
    npx wrangler secret put HEDDLE_DEBUG_TOKEN -c ${EDGE_CONFIG}
    npx wrangler secret put HEDDLE_OPERATOR_TOKEN -c ${EDGE_CONFIG}
    npx wrangler secret put HEDDLE_OPERATOR_TOKEN -c ${CONTROL_CONFIG}
    npx wrangler secret put HEDDLE_BOOTSTRAP_TOKEN -c ${CONTROL_CONFIG}

A config holds names of secrets, \`{ secret: NAME }\`, and is refused with a value in it. Values are \`NAME=value\` in \`.dev.vars\` for
\`heddle dev\`, which is not to be committed, and \`npx wrangler secret put NAME -c ${EDGE_CONFIG}\` for a deployment.

Routes are open to everybody until the config says otherwise: \`authentication\` and \`authorization\` say who may pass, \`rateLimits\` how often,
\`bounds: {}\` refuses what no client should send, and \`credentials\` of a service let its origins refuse what does not come from the mesh.

What the control plane keeps is sealed under a key that both Workers have as well, and that you keep a copy of:

    npx wrangler secret put HEDDLE_STORAGE_KEY -c ${EDGE_CONFIG}
    npx wrangler secret put HEDDLE_STORAGE_KEY -c ${CONTROL_CONFIG}

And a token of your own, kept in a context, so that commands find the mesh:

    export HEDDLE_CONTROL_URL=https://${name}-control.<account>.workers.dev
    HEDDLE_TOKEN=<HEDDLE_BOOTSTRAP_TOKEN> npx heddle token create me --scope admin
    npx heddle context add ${name} --control $HEDDLE_CONTROL_URL --edge https://${at} --token <secret>
    npx heddle status

From then on a changed \`heddle.yaml\` needs no deployment: \`npx heddle diff\`, \`npx heddle apply --guard 2m\`. \`${WORKFLOW}\`
does that for every merge. A deployment is for a new version of heddle.
`;
}
