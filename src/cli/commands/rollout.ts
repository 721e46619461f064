import { nearest } from "../../config/nearest.ts";
import { ACTIONS, type RolloutAction } from "../../core/rollout/rollout.ts";
import type { RunCommand } from "../command.ts";
import { CommandFailure } from "../failure.ts";
import { type EdgeAccess, listRollouts, operateRollout, showRollout } from "../rollout/ask-rollouts.ts";
import { renderList, renderRollout } from "../rollout/render.ts";

const DEFAULT_EDGE = "http://127.0.0.1:8787";

/** `heddle rollout [NAME [ACTION]]`: lists rollouts, shows one, or says something to it. */
export const rollout: RunCommand = async (args, terminal) => {
  const [name, word] = args.positionals;
  const action = word === undefined ? null : actionOf(word);
  const access: EdgeAccess = {
    edge: edgeOf(args.option("edge") ?? DEFAULT_EDGE),
    token: args.option("token") ?? terminal.env.HEDDLE_OPERATOR_TOKEN ?? null,
  };
  const print = (value: unknown, lines: readonly string[]) => {
    if (args.has("json")) terminal.out(JSON.stringify(value));
    else for (const line of lines) terminal.out(line);
  };
  if (name === undefined) {
    const rollouts = await listRollouts(access);
    print(rollouts, renderList(rollouts, terminal.paint));
    return 0;
  }
  const by = args.option("by") ?? terminal.env.USER ?? "";
  const found = action === null ? await showRollout(access, name) : await operateRollout(access, name, { action, by });
  print(found, renderRollout(found, terminal.paint));
  return 0;
};

function actionOf(word: string): RolloutAction {
  const known = ACTIONS.find((action) => action === word);
  if (known !== undefined) return known;
  const guess = nearest(word, ACTIONS);
  const fix = guess === undefined ? `an action is one of ${ACTIONS.join(", ")}` : `did you mean ${guess}?`;
  throw new CommandFailure("usage", `"${word}" is no action`, fix, 2);
}

function edgeOf(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text).href.replace(/\/$/, "");
  throw new CommandFailure("usage", `"${text}" is not an absolute http or https URL`, "", 2);
}
