import { parseDuration } from "../../config/duration.ts";
import { wholeNumber } from "../arguments.ts";
import type { RunCommand } from "../command.ts";
import { shownPath } from "../config/find-config.ts";
import { dashboardUrl } from "../dashboard/dashboard-url.ts";
import { type DemoSession, startDemo } from "../demo/demo-session.ts";
import { createEventLog } from "../demo/event-log.ts";
import { frameLine, frameTable } from "../demo/frame.ts";
import { readBreakers } from "../demo/read-breakers.ts";
import { createScreen } from "../demo/screen.ts";
import { takeFrame } from "../demo/take-frame.ts";
import { regionOption } from "../dev/region-option.ts";
import { CommandFailure } from "../failure.ts";
import { untilEnd } from "../lifetime.ts";
import type { Terminal } from "../terminal.ts";
import { controlOption, crashed } from "./dev.ts";

const DEFAULT_RPS = "100";
/** Beyond this one Node process measures itself. */
const MAX_RPS = 5_000;
/** Between two looks, on a terminal and piped. */
const DRAW_EVERY_MS = 500;
const LINE_EVERY_MS = 1_000;

/** `heddle demo`: a mesh over three pretend clouds, live, until it is told to end. */
export const demo: RunCommand = async (args, terminal) => {
  const port = args.option("port");
  const rps = args.has("no-traffic") ? 0 : wholeNumber("rps", args.option("rps") ?? DEFAULT_RPS, 1, MAX_RPS);
  const forMs = durationOption(args.option("for"));
  const asJson = args.has("json");
  const end = untilEnd(forMs);
  const log = createEventLog();
  const running = await startDemo({
    port: port === null ? null : wholeNumber("port", port, 0, 65_535),
    rps,
    control: controlOption(args),
    region: regionOption(args.option("region")),
    onLog: (line) => log.add(line),
    onEvent: (event) =>
      log.add(
        event.event !== "rejected"
          ? `config ${event.event}, version ${event.mesh.version}`
          : `config has faults, version ${event.stays} stays: ${event.faults[0]?.path} ${event.faults[0]?.message}`,
      ),
    onFault: () => log.onFaults(running.origins),
  });
  if (asJson) terminal.out(JSON.stringify({ event: "ready", ...addresses(running) }));
  else introduce(running, terminal);

  const isLive = terminal.isInteractive && !asJson;
  const screen = isLive ? createScreen(terminal) : null;
  const show = async () => {
    const breakers = await readBreakers(running.session.edge.url);
    log.onBreakers(breakers);
    const frame = takeFrame(running, breakers, log.events());
    if (screen !== null) screen.draw(frameTable(frame, terminal.paint, terminal.columns()));
    else terminal.out(asJson ? JSON.stringify(frame) : frameLine(frame));
  };
  const exit = await Promise.race([
    end,
    running.session.edge.exited,
    repeat(show, isLive ? DRAW_EVERY_MS : LINE_EVERY_MS, end),
  ]);
  screen?.end();
  const summary = running.load?.summary();
  await running.stop();
  if (exit !== undefined) throw crashed(exit);
  if (summary !== undefined && !asJson) {
    terminal.out(`${summary.sent} requests sent, ${summary.failed} failed`);
  }
  return 0;
};

function introduce(running: DemoSession, { out, paint, env }: Terminal): void {
  const { edge, control, config } = addresses(running);
  const origins = running.origins.map(({ name, url }) => `${name} ${url}`).join(", ");
  out(`${paint.green("ready")} ${paint.bold(edge)} ${paint.dim(`origins ${origins}`)}`);
  if (control !== undefined) {
    out(`control plane ${paint.bold(control)}`);
    const { controlToken } = running.session.edge;
    if (controlToken !== null) out(`dashboard     ${paint.bold(dashboardUrl(control, controlToken))}`);
  }
  const heddle = env.npm_lifecycle_event === undefined ? "heddle" : "npm run -s heddle --";
  const suggest = (suggestions: readonly (readonly [command: string, does: string])[]) => {
    const width = Math.max(...suggestions.map(([command]) => command.length));
    for (const [command, does] of suggestions) out(`  ${paint.cyan(command.padEnd(width))}  ${paint.dim(does)}`);
    out("");
  };
  out("");
  out("In a second terminal, from this folder, break something and watch the traffic move:");
  suggest([
    [`${heddle} chaos aws hang`, "or refuse, status=500, latency=300ms, flap=3s …"],
    [`${heddle} chaos aws heal`, "chaos --help lists all faults"],
    [`${heddle} explain ${edge}/`, "why a request goes where it goes"],
    [`curl -i ${edge}/`, "the headers say which origin answered"],
  ]);
  if (control === undefined) return;
  out("or steer it:");
  suggest([
    [`${heddle} status`, "services, endpoints, breakers"],
    [`${heddle} drain shop aws`, "no new traffic for it; undrain ends that"],
    [`${heddle} events --follow`, "what happens, as it happens"],
    [`${heddle} history`, `versions of its config: edit ${config}, and rollback`],
  ]);
}

function addresses({ session, config, switchboard }: DemoSession) {
  const { url, controlUrl } = session.edge;
  return {
    edge: url,
    ...(controlUrl !== null && { control: controlUrl }),
    config: shownPath(config),
    switchboard: switchboard.url,
  };
}

function durationOption(value: string | null): number {
  if (value === null) return 0;
  const ms = parseDuration(value);
  if (ms !== null && ms > 0) return ms;
  throw new CommandFailure("usage", `--for is a duration such as 30s or 1m30s, not "${value}"`, "", 2);
}

/** Does something every so often, until `end`. Never settles before that, so that it can stand in a race. */
async function repeat(action: () => Promise<void>, everyMs: number, end: Promise<void>): Promise<void> {
  let isOver = false;
  void end.then(() => {
    isOver = true;
  });
  while (!isOver) {
    await new Promise((wake) => setTimeout(wake, everyMs));
    if (!isOver) await action();
  }
}
