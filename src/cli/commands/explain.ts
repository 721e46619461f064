import type { CommandArguments, RunCommand } from "../command.ts";
import { reportFaults } from "../config/faults-report.ts";
import { loadConfig } from "../config/load-config.ts";
import { type Access, findAccessIfAny } from "../context/access.ts";
import { isLoopback } from "../context/address.ts";
import { LOCAL } from "../context/contexts.ts";
import { createControl } from "../control/client.ts";
import { explain as explainBy } from "../control/explain.ts";
import { regionOption } from "../dev/region-option.ts";
import { askEdge, type ExplainQuery } from "../explain/ask-edge.ts";
import type { Explanation } from "../explain/explanation.ts";
import { renderExplanation } from "../explain/render.ts";
import { CommandFailure, type ExitCode } from "../failure.ts";
import { type Terminal, userPath } from "../terminal.ts";
import { startEdge } from "../workerd/start-edge.ts";

/** `heddle explain URL`: asks a mesh, by its control plane or an edge, how it would route a request, and why. */
export const explain: RunCommand = async (args, terminal) => {
  const url = httpUrl(args.positionals[0]!);
  const headers = args.options("header");
  const odd = headers.find((header) => header.indexOf(":") <= 0);
  if (odd !== undefined) throw misuse(`--header is NAME:VALUE, not "${odd}"`);
  const config = args.option("config");
  const question = { url: url.href, method: args.option("method")?.toUpperCase() ?? "GET", headers };
  const access = config === null && !args.has("edge") ? chosenMesh(url, args, terminal) : null;
  if (access !== null) return show(await explainBy(createControl(access), question), args, terminal);
  const query = { ...question, token: args.option("token") ?? terminal.env.HEDDLE_DEBUG_TOKEN ?? null };
  if (config === null) {
    const edge = httpUrl(args.option("edge") ?? url.origin);
    return answer({ ...query, edge: edge.href.replace(/\/$/, "") }, args, terminal);
  }
  if (args.has("edge")) throw misuse("--edge and --config exclude each other");
  return answerFromConfig(userPath(config, terminal.env), query, args, terminal);
};

/**
 * The mesh whose control plane is to be asked; null: the edge that the URL points at is. A URL of this machine is one of
 * the mesh that runs here if it is its edge's, and of no other mesh, unless the user says so.
 */
function chosenMesh(url: URL, args: CommandArguments, { env }: Terminal): Access | null {
  const access = findAccessIfAny(args, env);
  if (access === null || args.has("context") || args.has("control")) return access;
  if (isLoopback(url)) return access.name === LOCAL && access.edge === url.origin ? access : null;
  return access.token === null ? null : access;
}

async function answer(query: ExplainQuery, args: CommandArguments, terminal: Terminal): Promise<ExitCode> {
  return show(await askEdge(query), args, terminal);
}

function show(explanation: Explanation, args: CommandArguments, terminal: Terminal): ExitCode {
  if (args.has("json")) terminal.out(JSON.stringify(explanation));
  else for (const line of renderExplanation(explanation, terminal.paint)) terminal.out(line);
  return explanation.route === null ? 1 : 0;
}

async function answerFromConfig(
  path: string,
  query: Omit<ExplainQuery, "edge">,
  args: CommandArguments,
  terminal: Terminal,
): Promise<ExitCode> {
  const region = regionOption(args.option("region"));
  const loaded = await loadConfig(path, Date.now());
  if (!loaded.ok) {
    reportFaults(path, loaded.faults, args.has("json"), terminal);
    return 1;
  }
  const edge = await startEdge({ mesh: loaded.mesh, ...(region !== null && { region }) });
  try {
    return await answer({ ...query, edge: edge.url }, args, terminal);
  } finally {
    await edge.stop();
  }
}

function httpUrl(text: string): URL {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text);
  const guess = `http://${text}`;
  const fix = !text.includes("://") && URL.canParse(guess) ? `did you mean ${guess}?` : "";
  throw new CommandFailure("usage", `"${text}" is not an absolute http or https URL`, fix, 2);
}

function misuse(message: string): CommandFailure {
  return new CommandFailure("usage", message, "heddle explain --help shows how it is used", 2);
}
