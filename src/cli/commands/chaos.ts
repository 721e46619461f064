import type { RunCommand } from "../command.ts";
import type { ControlReply, OriginView } from "../demo/control-server.ts";
import { readDemoState } from "../demo/state-file.ts";
import { CommandFailure } from "../failure.ts";
import { readFault } from "../origin/fault.ts";
import { table } from "../table.ts";
import type { Paint } from "../terminal.ts";

/** `heddle chaos [ORIGIN FAULT...]`: sets or lists the faults of the running demo's origins. */
export const chaos: RunCommand = async (args, terminal) => {
  const [origin, ...words] = args.positionals;
  if (origin !== undefined && words.length === 0) {
    throw new CommandFailure("usage", `what should be wrong with ${origin}?`, "heddle chaos --help lists faults", 2);
  }
  const reading = readFault(words);
  if (!reading.ok) {
    throw new CommandFailure("usage", `"${reading.word}" is not a fault`, `expected ${reading.expected}`, 2);
  }
  const switchboard = args.option("switchboard") ?? readDemoState(terminal.env)?.switchboard;
  if (switchboard === undefined) {
    throw new CommandFailure("no_demo", "no demo runs from this folder", "start one with: heddle demo (or npm start)");
  }
  const origins = await ask(switchboard, origin, words);
  if (args.has("json")) terminal.out(JSON.stringify(origins));
  else for (const line of originTable(origins, terminal.paint)) terminal.out(line);
  return 0;
};

async function ask(switchboard: string, origin: string | undefined, words: readonly string[]) {
  let reply: ControlReply;
  try {
    const answer = await (origin === undefined
      ? fetch(`${switchboard}/origins`)
      : fetch(`${switchboard}/origins/${encodeURIComponent(origin)}/fault`, {
          method: "PUT",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ fault: words }),
        }));
    reply = (await answer.json()) as ControlReply;
  } catch {
    throw new CommandFailure("unreachable", `no demo answers at ${switchboard}`, "start one with: heddle demo");
  }
  if (!reply.ok) throw new CommandFailure("refused", reply.error, reply.fix);
  return reply.origins;
}

/** Lines that list the origins with their faults. */
export function originTable(origins: readonly OriginView[], paint: Paint): string[] {
  const rows = origins.map(({ name, url, fault, isFaulty, stats }) => [
    paint.bold(name),
    fault === "well" ? paint.green(fault) : isFaulty ? paint.red(fault) : paint.yellow(`${fault} (well right now)`),
    url,
    `${stats.requests}`,
  ]);
  return table([["origin", "fault", "url", "requests"].map(paint.dim), ...rows], [false, false, false, true]);
}
