import { ACTIONS } from "../../core/rollout/rollout.ts";
import type { CommandArguments, RunCommand } from "../command.ts";
import { findAccessIfAny } from "../context/access.ts";
import { actionWord } from "../control/action-word.ts";
import { connect } from "../control/connect.ts";
import { print } from "../control/print.ts";
import { rollouts, rollout as show, steer } from "../control/rollouts.ts";
import { CommandFailure } from "../failure.ts";
import { type EdgeAccess, listRollouts, operateRollout, showRollout } from "../rollout/ask-rollouts.ts";
import { renderList, renderRollout } from "../rollout/render.ts";
import type { Terminal } from "../terminal.ts";

const DEFAULT_EDGE = "http://127.0.0.1:8787";

/** `heddle rollout [NAME [ACTION]]`: lists rollouts, shows one, or says something to it. */
export const rollout: RunCommand = async (args, terminal) => {
  const [name, word] = args.positionals;
  const action = word === undefined ? null : actionWord(word, ACTIONS, "rollout");
  const who = askedOf(args, terminal);
  if (name === undefined) {
    const found = await who.list();
    print(found, () => renderList(found, terminal.paint), args, terminal);
    return 0;
  }
  const found = action === null ? await who.show(name) : await who.steer(name, action);
  print(found, () => renderRollout(found, terminal.paint), args, terminal);
  return 0;
};

/** The control plane of the mesh that is chosen, or an edge. */
function askedOf(args: CommandArguments, terminal: Terminal) {
  if (!args.has("edge") && findAccessIfAny(args, terminal.env) !== null) {
    const control = connect(args, terminal);
    return {
      list: () => rollouts(control),
      show: (name: string) => show(control, name),
      steer: (name: string, action: (typeof ACTIONS)[number]) => steer(control, name, action),
    };
  }
  const access: EdgeAccess = {
    edge: edgeOf(args.option("edge") ?? DEFAULT_EDGE),
    token: args.option("token") ?? terminal.env.HEDDLE_OPERATOR_TOKEN ?? null,
  };
  const by = args.option("by") ?? terminal.env.USER ?? "";
  return {
    list: () => listRollouts(access),
    show: (name: string) => showRollout(access, name),
    steer: (name: string, action: (typeof ACTIONS)[number]) => operateRollout(access, name, { action, by }),
  };
}

function edgeOf(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text).href.replace(/\/$/, "");
  throw new CommandFailure("usage", `"${text}" is not an absolute http or https URL`, "", 2);
}
