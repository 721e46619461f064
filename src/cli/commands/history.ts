import { wholeNumber } from "../arguments.ts";
import type { RunCommand } from "../command.ts";
import { connect } from "../control/connect.ts";
import { print } from "../control/print.ts";
import { renderHistory } from "../control/render-history.ts";
import type { Version } from "../control/shapes.ts";
import { head, history as pageOf } from "../control/versions.ts";
import { widthOf } from "../fit-table.ts";

const PAGE = 100;

/** `heddle history`: the versions of the config, newest first. */
export const history: RunCommand = async (args, terminal) => {
  const limit = wholeNumber("limit", args.option("limit") ?? "20", 1, 10_000);
  const control = connect(args, terminal);
  const items: Version[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await pageOf(control, Math.min(PAGE, limit - items.length), cursor ?? undefined);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null && items.length < limit);
  const current = items[0] === undefined ? 0 : ((await head(control))?.version ?? 0);
  const lines = () => [
    ...renderHistory(items, current, widthOf(terminal), terminal.paint),
    ...(cursor === null ? [] : [terminal.paint.dim(`older ones: heddle history --limit ${limit * 5}`)]),
  ];
  print({ items, current, more: cursor !== null }, lines, args, terminal);
  return 0;
};
