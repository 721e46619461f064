import type { CommandArguments, RunCommand } from "../command.ts";
import { actionWord } from "../control/action-word.ts";
import type { Control } from "../control/client.ts";
import { connect } from "../control/connect.ts";
import { print } from "../control/print.ts";
import { CommandFailure, type ExitCode } from "../failure.ts";
import { widthOf } from "../fit-table.ts";
import { untilEnd } from "../lifetime.ts";
import { pauseOr } from "../pause.ts";
import type { Terminal } from "../terminal.ts";
import { clock, type FrameInput, ORDER_KEYS, type Order, renderFrame, type View } from "../top/frame.ts";
import { listenForKeys } from "../top/keys.ts";
import { openScreen } from "../top/live-screen.ts";
import { type Look, look } from "../top/look.ts";
import { durationOption } from "../when.ts";

const ORDERS = Object.values(ORDER_KEYS);
const CTRL_C = "\u0003";

/** `heddle top`: the endpoints of the mesh, live; one look where there is no terminal. */
export const top: RunCommand = async (args, terminal) => {
  const order = actionWord(args.option("sort") ?? "traffic", ORDERS, "top --sort");
  const everyMs = durationOption("every", args.option("every") ?? "2s", 500, 60_000);
  const control = connect(args, terminal);
  const first = await look(control);
  if (args.has("json") || args.has("once") || !terminal.isInteractive)
    return once(first, order, control, args, terminal);
  return live(first, order, everyMs, control, terminal);
};

function once(first: Look, order: Order, control: Control, args: CommandArguments, terminal: Terminal): ExitCode {
  const frame: FrameInput = {
    look: first,
    access: control.access,
    view: { order, isPaused: false, trouble: "" },
    columns: widthOf(terminal),
    rows: Number.POSITIVE_INFINITY,
    isLive: false,
  };
  const { seen, details, atMs } = first;
  print({ atMs, ...seen, services: details }, () => renderFrame(frame, terminal.paint), args, terminal);
  return 0;
}

async function live(
  first: Look,
  order: Order,
  everyMs: number,
  control: Control,
  terminal: Terminal,
): Promise<ExitCode> {
  let last = first;
  let view: View = { order, isPaused: false, trouble: "" };
  const rows = () => process.stdout.rows || 24;
  const screen = openScreen(terminal, rows);
  const { access } = control;
  const draw = () => {
    const frame: FrameInput = { look: last, access, view, columns: terminal.columns(), rows: rows(), isLive: true };
    screen.draw(renderFrame(frame, terminal.paint));
  };
  let quit = () => {};
  const isQuit = new Promise<void>((resolve) => {
    quit = resolve;
  });
  const keys = listenForKeys((key) => {
    if (key === "q" || key === CTRL_C) return quit();
    if (key === " ") view = { ...view, isPaused: !view.isPaused };
    view = { ...view, order: ORDER_KEYS[key] ?? view.order };
    draw();
  });
  let isOver = false;
  const end = Promise.race([isQuit, untilEnd()]).then(() => {
    isOver = true;
  });
  process.stdout.on("resize", draw);
  try {
    draw();
    while (!isOver) {
      await pauseOr(everyMs, end);
      if (isOver || view.isPaused) continue;
      try {
        const next = await Promise.race([look(control), end]);
        if (next === undefined) break;
        last = next;
        view = { ...view, trouble: "" };
      } catch (error) {
        if (!(error instanceof CommandFailure) || error.exitCode !== 3) throw error;
        view = { ...view, trouble: `as of ${clock(last.atMs)}: ${error.message}` };
      }
      draw();
    }
  } finally {
    process.stdout.off("resize", draw);
    keys.end();
    screen.end();
  }
  return 0;
}
