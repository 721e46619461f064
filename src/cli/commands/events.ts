import { wholeNumber } from "../arguments.ts";
import type { RunCommand } from "../command.ts";
import { countOf } from "../config/faults-report.ts";
import type { Control } from "../control/client.ts";
import { connect } from "../control/connect.ts";
import { createSeen, type EventQuery, eventLine, events as eventsOf } from "../control/events.ts";
import { CommandFailure, type ExitCode } from "../failure.ts";
import { untilEnd } from "../lifetime.ts";
import { pauseOr } from "../pause.ts";
import type { Terminal } from "../terminal.ts";
import { sinceOption } from "../when.ts";

const LOOK_EVERY_MS = 2_000;
/** Clocks of objects differ, and an event may come late: the last stretch is asked for again. */
const OVERLAP_MS = 60_000;
const MOST_AT_ONCE = 1_000;

/** `heddle events`: what happened to the mesh, or with --audit who changed what; oldest first. */
export const events: RunCommand = async (args, terminal) => {
  const since = args.option("since");
  const query: EventQuery = {
    isAudit: args.has("audit"),
    service: args.option("service"),
    type: args.option("type"),
    sinceMs: since === null ? null : sinceOption("since", since, Date.now()),
    limit: wholeNumber("limit", args.option("limit") ?? (since === null ? "50" : `${MOST_AT_ONCE}`), 1, 100_000),
  };
  const control = connect(args, terminal);
  const isFollowing = args.has("follow");
  const { items, sealed } = await eventsOf(control, query);
  const asJson = args.has("json");
  const show = (event: (typeof items)[number]) =>
    terminal.out(asJson ? JSON.stringify(event) : eventLine(event, terminal.paint));
  if (asJson && !isFollowing) {
    terminal.out(JSON.stringify({ items, ...(sealed > 0 && { sealed }) }));
    return 0;
  }
  if (sealed > 0) {
    const left = `${countOf(sealed, query.isAudit ? "audit record" : "event")} left out: HEDDLE_STORAGE_KEY lacks the key that sealed them`;
    terminal.err(terminal.paint.yellow(left));
  }
  for (const event of items) show(event);
  if (!isFollowing) {
    if (items.length + sealed === 0) terminal.err(terminal.paint.dim("nothing happened"));
    return 0;
  }
  const fresh = createSeen();
  fresh(items);
  return follow(control, { ...query, limit: MOST_AT_ONCE }, (found) => fresh(found).forEach(show), terminal);
};

/** Shows what happens until told to end. A control plane that is away for a while is said and waited for. */
async function follow(
  control: Control,
  query: EventQuery,
  show: (found: Awaited<ReturnType<typeof eventsOf>>["items"]) => void,
  terminal: Terminal,
): Promise<ExitCode> {
  let isOver = false;
  const end = untilEnd().then(() => {
    isOver = true;
  });
  let sinceMs = Date.now() - OVERLAP_MS;
  let isAway = false;
  while (!isOver) {
    try {
      show((await eventsOf(control, { ...query, sinceMs })).items);
      sinceMs = Date.now() - OVERLAP_MS;
      if (isAway) terminal.err(terminal.paint.dim("the control plane is back"));
      isAway = false;
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.exitCode !== 3) throw error;
      if (!isAway) terminal.err(terminal.paint.yellow(`${error.message}; trying on`));
      isAway = true;
    }
    await pauseOr(LOOK_EVERY_MS, end);
  }
  return 0;
}
