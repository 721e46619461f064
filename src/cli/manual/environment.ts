/** What the command reads beside its arguments, for the manual. */
import { LOCAL_MESH_FILE } from "../context/local-mesh.ts";

/** Environment variables, by name. A test holds them to those that the code reads. */
export const ENVIRONMENT: readonly (readonly [name: string, does: string])[] = [
  ["HEDDLE_CONTROL_URL", "the control plane to talk to; goes before contexts"],
  ["HEDDLE_CONTEXT", "the context to use, in place of the one in use"],
  ["HEDDLE_TOKEN", "the token for a control plane that is not named by a context with its own"],
  ["HEDDLE_CONFIG_DIR", "folder of contexts.json (default: heddle in $XDG_CONFIG_HOME, or ~/.config/heddle)"],
  ["HEDDLE_DEBUG_TOKEN", "for explain: the debug token of a deployed edge"],
  ["HEDDLE_OPERATOR_TOKEN", "for what is asked of an edge and changes something: its operator token"],
  ["NO_COLOR", "no colours, whatever it is set to (https://no-color.org)"],
  ["XDG_CONFIG_HOME", "where the configuration of programs is"],
];

export const FILES: readonly (readonly [path: string, holds: string])[] = [
  [
    "heddle.yaml, heddle.yml, heddle.json, heddle.config.ts",
    "the mesh's config, where none is named; the first that is there",
  ],
  ["~/.config/heddle/contexts.json", "contexts, with the tokens that were given to be kept; readable by its user only"],
  [LOCAL_MESH_FILE, "where heddle dev or heddle demo runs, and its token; gone when it ends"],
  [".heddle/demo.json", "the running demo, for heddle chaos"],
  [".heddle/mesh.json", "the compiled mesh that a deployment carries"],
  [".dev.vars", "secrets of a mesh on this machine, for heddle dev and wrangler dev; not to be committed"],
  ["wrangler.toml, wrangler.control.toml", "how the two Workers are deployed (or workers/control/wrangler.toml)"],
];
