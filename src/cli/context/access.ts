/**
 * Which mesh a command is about, and the token for it. The first that is said wins:
 *
 *     --control · --context · HEDDLE_CONTROL_URL · HEDDLE_CONTEXT · the mesh that runs in this folder · the current context
 *
 * A mesh on this machine goes before the current context: who mistakes one for the other then breaks nothing. A token goes
 * to the mesh it was given for: a context's own to that context, HEDDLE_TOKEN to an address that brings none.
 */
import { readFileSync } from "node:fs";
import { nearest } from "../../config/nearest.ts";
import type { CommandArguments } from "../command.ts";
import { CommandFailure } from "../failure.ts";
import { userPath } from "../terminal.ts";
import { checkAddress } from "./address.ts";
import { type Context, type Contexts, LOCAL, type TokenSource } from "./contexts.ts";
import { readContexts } from "./contexts-file.ts";
import { type LocalMesh, readLocalMesh } from "./local-mesh.ts";

export interface Access {
  /** What to call the mesh: a context's name, "local", or the host. */
  readonly name: string;
  readonly control: string;
  readonly edge: string | null;
  /** Null: none was found; the control plane will refuse. */
  readonly token: string | null;
}

/** The access that a command's options, the environment and the contexts amount to. Throws CommandFailure when none do. */
export function findAccess(args: CommandArguments, env: NodeJS.ProcessEnv): Access {
  const access = findAccessIfAny(args, env);
  if (access !== null) return access;
  throw new CommandFailure(
    "no_context",
    "no mesh is chosen",
    "run heddle dev here, add one with heddle context add NAME --control URL, or name one with --control URL",
    2,
  );
}

/** The same; null when nothing names a mesh. */
export function findAccessIfAny(args: CommandArguments, env: NodeJS.ProcessEnv): Access | null {
  const given = chosen(args, env);
  if (given === null) return null;
  const token = args.option("token");
  if (token === "") throw new CommandFailure("usage", "--token is empty", "", 2);
  return token === null ? given() : { ...given(token), token };
}

type Given = (token?: string) => Access;

function chosen(args: CommandArguments, env: NodeJS.ProcessEnv): Given | null {
  const control = args.option("control");
  const name = args.option("context");
  if (control !== null && name !== null) {
    throw new CommandFailure("usage", "--control and --context exclude each other", "", 2);
  }
  if (control !== null) return () => byAddress(control, "--control", env);
  if (name !== null) return (token) => byName(name, env, token);
  const address = env.HEDDLE_CONTROL_URL ?? "";
  if (address !== "") return () => byAddress(address, "HEDDLE_CONTROL_URL", env);
  const wanted = env.HEDDLE_CONTEXT ?? "";
  if (wanted !== "") return (token) => byName(wanted, env, token);
  const local = readLocalMesh(env);
  if (local !== null) return () => ofLocal(local);
  const { current } = readContexts(env);
  return current === null ? null : (token) => byName(current, env, token);
}

function byAddress(text: string, where: string, env: NodeJS.ProcessEnv): Access {
  const control = checkAddress(text, where);
  return { name: new URL(control).host, control, edge: null, token: tokenOfEnv(env) };
}

function byName(name: string, env: NodeJS.ProcessEnv, token?: string): Access {
  if (name === LOCAL) {
    const local = readLocalMesh(env);
    if (local !== null) return ofLocal(local);
    throw new CommandFailure(
      "no_context",
      "no mesh runs in this folder",
      "start one with heddle dev or heddle demo",
      3,
    );
  }
  const { control, edge, token: source } = contextNamed(readContexts(env), name);
  return { name, control, edge, token: token ?? (source === null ? tokenOfEnv(env) : readToken(source, name, env)) };
}

/** A context by name. Throws CommandFailure with the likely one when there is none. */
export function contextNamed({ byName: contexts }: Contexts, name: string): Context {
  const context = contexts.get(name);
  if (context !== undefined) return context;
  const guess = nearest(name, contexts.keys());
  const fix = guess === undefined ? "heddle context list shows them" : `did you mean ${guess}?`;
  throw new CommandFailure("no_context", `there is no context "${name}"`, fix, 2);
}

function ofLocal({ control, edge, token }: LocalMesh): Access {
  return { name: LOCAL, control, edge, token };
}

function tokenOfEnv({ HEDDLE_TOKEN = "" }: NodeJS.ProcessEnv): string | null {
  return HEDDLE_TOKEN === "" ? null : HEDDLE_TOKEN;
}

/** The token of a context. Throws CommandFailure, with exit code 4, when its source has none. */
function readToken(source: TokenSource, name: string, env: NodeJS.ProcessEnv): string {
  if ("stored" in source) return source.stored;
  const fix = "give one with --token, or change the context with heddle context add";
  if ("env" in source) {
    const token = env[source.env] ?? "";
    if (token !== "") return token;
    throw new CommandFailure(
      "no_token",
      `context ${name} takes its token from ${source.env}, which is not set`,
      fix,
      4,
    );
  }
  try {
    const token = readFileSync(userPath(source.file, env), "utf8").trim();
    if (token !== "") return token;
    throw new CommandFailure("no_token", `context ${name} takes its token from ${source.file}, which is empty`, fix, 4);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure("no_token", `context ${name} takes its token from ${source.file} (${code})`, fix, 4);
  }
}
