import type { RunCommand } from "../command.ts";
import { connect } from "../control/connect.ts";
import { nothingToClear, operate, reportCleared } from "../control/operate.ts";
import { clear, overrides } from "../control/overrides.ts";
import { isSameTarget, parseTarget } from "../control/target.ts";

/** `heddle drain SERVICE TARGET`: sends nothing new there; sessions end in their own time. */
export const drain: RunCommand = async (args, terminal) => {
  const [service, target] = args.positionals as readonly [string, string];
  const word = { target: parseTarget(target), action: "drain" };
  return operate(connect(args, terminal), service, word, args, terminal);
};

/** `heddle undrain SERVICE TARGET`: takes a drain back. */
export const undrain: RunCommand = async (args, terminal) => {
  const [service, text] = args.positionals as readonly [string, string];
  const target = parseTarget(text);
  const control = connect(args, terminal);
  const inForce = await overrides(control, service);
  const drains = inForce.filter((one) => one.action === "drain" && isSameTarget(one.target, target));
  if (drains.length === 0) throw nothingToClear(service, target, inForce);
  for (const one of drains) await clear(control, service, one);
  return reportCleared(service, drains, args, terminal);
};
