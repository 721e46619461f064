import { resolve } from "node:path";
import type { CommandArguments, RunCommand } from "../command.ts";
import { contextNamed, findAccess } from "../context/access.ts";
import { checkAddress } from "../context/address.ts";
import { CONTEXT_NAME, type Context, type Contexts, LOCAL, type TokenSource } from "../context/contexts.ts";
import { contextsPath, readContexts, writeContexts } from "../context/contexts-file.ts";
import { readLocalMesh } from "../context/local-mesh.ts";
import { actionWord } from "../control/action-word.ts";
import { createControl } from "../control/client.ts";
import { print } from "../control/print.ts";
import { whoamiShape } from "../control/shapes.ts";
import { CommandFailure, type ExitCode } from "../failure.ts";
import { type Cell, fitTable, widthOf } from "../fit-table.ts";
import type { Terminal } from "../terminal.ts";
import { briefly } from "../when.ts";

const ACTIONS = ["list", "add", "use", "remove", "show"] as const;

/** `heddle context [list|add|use|remove|show] [NAME]`: the meshes this user knows. */
export const context: RunCommand = async (args, terminal) => {
  const [word = "list", name] = args.positionals;
  const action = actionWord(word, ACTIONS, "context");
  if (action === "list") return list(args, terminal);
  if (action === "show") return show(name, args, terminal);
  if (name === undefined) throw misuse(`heddle context ${action} needs a NAME`);
  const contexts = readContexts(terminal.env);
  const next = { add, use, remove }[action](contexts, name, args);
  writeContexts(next, terminal.env);
  const done = { add: "added", use: "in use", remove: "removed" }[action];
  const value = { ok: true, name, action, current: next.current };
  const current = next.current === name ? "it is the one in use" : `in use: ${next.current ?? "none"}`;
  print(
    value,
    () => [`${terminal.paint.green(done)} ${name}${action === "use" ? "" : `; ${current}`}`],
    args,
    terminal,
  );
  return 0;
};

function add({ current, byName }: Contexts, name: string, args: CommandArguments): Contexts {
  if (!CONTEXT_NAME.test(name) || name === LOCAL) {
    const why = name === LOCAL ? "is the mesh that runs in the folder" : "is no name for a context";
    throw misuse(`"${name}" ${why}: letters, digits, ".", "_" and "-", 63 at most`);
  }
  const control = args.option("control");
  if (control === null) throw misuse("heddle context add needs --control URL");
  const edge = args.option("edge");
  const added: Context = {
    control: checkAddress(control, "--control"),
    edge: edge === null ? null : checkAddress(edge, "--edge"),
    token: sourceOf(args),
  };
  return { current: current ?? name, byName: new Map([...byName, [name, added]]) };
}

function use(contexts: Contexts, name: string): Contexts {
  contextNamed(contexts, name);
  return { ...contexts, current: name };
}

function remove(contexts: Contexts, name: string): Contexts {
  contextNamed(contexts, name);
  const byName = new Map(contexts.byName);
  byName.delete(name);
  return { current: contexts.current === name ? null : contexts.current, byName };
}

function sourceOf(args: CommandArguments): TokenSource | null {
  const [env, file, stored] = [args.option("token-env"), args.option("token-file"), args.option("token")];
  if ([env, file, stored].filter((one) => one !== null).length > 1) {
    throw misuse("--token, --token-env and --token-file exclude each other");
  }
  if (env !== null) return { env };
  if (file !== null) return { file: resolve(file) };
  return stored === null ? null : { stored };
}

function list(args: CommandArguments, terminal: Terminal): ExitCode {
  const { current, byName } = readContexts(terminal.env);
  const local = readLocalMesh(terminal.env);
  const items = [
    ...(local === null ? [] : [{ name: LOCAL, control: local.control, edge: local.edge, token: "the running mesh's" }]),
    ...[...byName].map(([name, one]) => ({ name, ...one, token: sourceText(one.token) })),
  ].map((one) => ({ ...one, current: one.name === (local === null ? current : LOCAL) }));
  const { paint } = terminal;
  const lines = () => {
    if (items.length === 0) return ["no contexts yet: heddle context add NAME --control URL"];
    const rows = items.map(({ name, control, edge, token, current: inUse }): Cell[] => [
      { text: inUse ? "*" : "", paint: paint.green },
      { text: name, paint: paint.bold },
      control,
      edge ?? "",
      token,
    ]);
    const columns = [
      { title: "" },
      { title: "context" },
      { title: "control", min: 20 },
      { title: "edge", min: 20, drop: 2 },
      { title: "token from", min: 10, drop: 1 },
    ];
    return fitTable(columns, rows, widthOf(terminal), paint.dim);
  };
  print({ items, file: contextsPath(terminal.env) }, lines, args, terminal);
  return 0;
}

async function show(name: string | undefined, args: CommandArguments, terminal: Terminal): Promise<ExitCode> {
  const named = name === undefined ? args : withOption(args, "context", name);
  const access = findAccess(named, terminal.env);
  const { control, edge, token } = access;
  const who = token === null ? null : await createControl(access).get("/v1/whoami", whoamiShape);
  const nowMs = Date.now();
  const lines = () => {
    const limits = who?.services == null || who.services.length === 0 ? "" : `, only ${who.services.join(", ")}`;
    const until = who?.expiresAtMs == null ? "" : `, expires in ${briefly(who.expiresAtMs - nowMs)}`;
    const shown: Cell[][] = [
      ["context", access.name],
      ["control", control],
      ["edge", edge ?? ""],
      ["token", who === null ? "none" : `${who.name}: ${who.scopes.join(", ")}${limits}${until}`],
    ];
    return fitTable([{ title: "" }, { title: "", min: 30 }], shown, widthOf(terminal));
  };
  print({ name: access.name, control, edge, who }, lines, args, terminal);
  return 0;
}

function withOption(args: CommandArguments, option: string, value: string): CommandArguments {
  return { ...args, option: (name) => (name === option ? value : args.option(name)) };
}

function sourceText(source: TokenSource | null): string {
  if (source === null) return "HEDDLE_TOKEN";
  if ("env" in source) return source.env;
  return "file" in source ? source.file : "the contexts file";
}

function misuse(message: string): CommandFailure {
  return new CommandFailure("usage", message, "heddle context --help shows how it is used", 2);
}
