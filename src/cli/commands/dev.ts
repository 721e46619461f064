import { dirname } from "node:path";
import { wholeNumber } from "../arguments.ts";
import type { CommandArguments, RunCommand } from "../command.ts";
import { reportFaults } from "../config/faults-report.ts";
import { findConfig } from "../config/find-config.ts";
import { readLocalSecrets } from "../dev/local-secrets.ts";
import { createNarrator } from "../dev/narrate.ts";
import { regionOption } from "../dev/region-option.ts";
import { startSession } from "../dev/session.ts";
import { USUAL_PORT } from "../dev/usual-ports.ts";
import { CommandFailure } from "../failure.ts";
import { untilEnd } from "../lifetime.ts";
import type { RuntimeExit } from "../workerd/runtime.ts";

const LOOPBACK: readonly string[] = ["127.0.0.1", "::1", "localhost"];

/** `heddle dev`: a mesh on this machine until it is told to end. */
export const dev: RunCommand = async (args, terminal) => {
  const port = wholeNumber("port", args.option("port") ?? `${USUAL_PORT}`, 0, 65_535);
  const region = regionOption(args.option("region"));
  const config = findConfig(args.option("config"), terminal.env);
  const asJson = args.has("json");
  const host = args.option("host");
  const stateDir = args.option("state");
  const secrets = readLocalSecrets(dirname(config));
  const narrator = createNarrator(config, secrets, asJson, terminal);
  const end = untilEnd();
  const started = await startSession({
    config,
    port,
    secrets,
    control: controlOption(args),
    ...(host !== null && { host }),
    ...(stateDir !== null && { stateDir }),
    ...(region !== null && { region }),
    onLog: narrator.onLog,
    onEvent: narrator.onEvent,
  });
  if (!started.ok) {
    reportFaults(config, started.faults, asJson, terminal);
    return 1;
  }
  const { session } = started;
  if (host !== null && !LOOPBACK.includes(host)) {
    const warning = `listening on ${host}: whoever reaches it sees how requests are routed and may change the mesh`;
    terminal.err(terminal.paint.yellow(warning));
  }
  narrator.ready(session.edge, session.mesh);
  const exit = await Promise.race([end, session.edge.exited]);
  await session.stop();
  if (exit !== undefined) throw crashed(exit);
  return 0;
};

/** Whether the control plane runs, and where: `--no-control`, `--control-port`. */
export function controlOption(args: CommandArguments): { readonly port: number | null } | false {
  const port = args.option("control-port");
  if (!args.has("no-control")) return { port: port === null ? null : wholeNumber("control-port", port, 0, 65_535) };
  if (port === null) return false;
  throw new CommandFailure("usage", "--no-control and --control-port exclude each other", "", 2);
}

/** The failure for a workerd that ended by itself. */
export function crashed({ code, signal, lastLines }: RuntimeExit): CommandFailure {
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  return new CommandFailure("crashed", [`workerd ended (${how})`, ...lastLines].join("\n"));
}
