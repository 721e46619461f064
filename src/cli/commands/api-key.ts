import { z } from "zod";
import { formatDuration } from "../../config/duration.ts";
import { nearest } from "../../config/nearest.ts";
import type { CommandArguments, RunCommand } from "../command.ts";
import { actionWord } from "../control/action-word.ts";
import type { Control } from "../control/client.ts";
import { connect } from "../control/connect.ts";
import { listOf } from "../control/pages.ts";
import { print } from "../control/print.ts";
import { type ApiKey, apiKeyShape } from "../control/shapes.ts";
import { CommandFailure, type ExitCode } from "../failure.ts";
import { type Cell, type Column, fitTable, widthOf } from "../fit-table.ts";
import { plain } from "../plain.ts";
import type { Paint, Terminal } from "../terminal.ts";
import { ago, briefly, durationOption } from "../when.ts";

const ACTIONS = ["list", "create", "revoke"] as const;
const DEFAULT_EXPIRY = "365d";
const DAY_MS = 24 * 3_600_000;

/** Null: the answer to the first of two attempts was lost, and the key is said once only. */
const createdShape = apiKeyShape.extend({ key: z.string().nullable() });

/** `heddle api-key [list|create|revoke]`: keys that callers of the mesh send. */
export const apiKey: RunCommand = async (args, terminal) => {
  const [word = "list", name] = args.positionals;
  const action = actionWord(word, ACTIONS, "api-key");
  if (action !== "list" && name === undefined) {
    throw misuse(`heddle api-key ${action} needs ${action === "create" ? "a NAME" : "the ID or the name of a key"}`);
  }
  if (action === "create") return create(name!, args, terminal);
  const control = connect(args, terminal);
  return action === "list" ? list(control, args, terminal) : revoke(control, name!, args, terminal);
};

async function create(name: string, args: CommandArguments, terminal: Terminal): Promise<ExitCode> {
  const provider = args.option("provider");
  if (provider === null) throw misuse("heddle api-key create needs --provider: one of the config with `issued`");
  const scopes = args.options("scope").flatMap((text) => text.split(",").map((scope) => scope.trim()));
  const expiresMs = durationOption("expires", args.option("expires") ?? DEFAULT_EXPIRY, 60_000, 3_660 * DAY_MS);
  const made = await connect(args, terminal).get("/v1/api-keys", createdShape, {
    method: "POST",
    json: { provider, name, scopes, expiresIn: formatDuration(expiresMs) },
  });
  const { key } = made;
  if (key === null) {
    const message = `key ${made.id} was made, and the answer with it was lost on the way`;
    throw new CommandFailure("secret_lost", message, `heddle api-key revoke ${made.id}, then create it again`);
  }
  const note = `${plain(made.name)} of ${plain(provider)}, expires in ${briefly(expiresMs)}. It is shown this once:`;
  if (!args.has("json")) terminal.err(terminal.paint.dim(note));
  print({ ok: true, ...made }, () => [key], args, terminal);
  return 0;
}

async function list(control: Control, args: CommandArguments, terminal: Terminal): Promise<ExitCode> {
  const items = await keysOf(control, args);
  print({ items }, () => renderApiKeys(items, widthOf(terminal), terminal.paint, Date.now()), args, terminal);
  return 0;
}

async function revoke(control: Control, which: string, args: CommandArguments, terminal: Terminal): Promise<ExitCode> {
  const live = (await keysOf(control, args)).filter(({ revokedAtMs }) => revokedAtMs == null);
  const [found, ...others] = live.filter(({ id, name }) => id === which || name === which);
  if (found === undefined) {
    const guess = nearest(
      which,
      live.map(({ name }) => name),
    );
    const fix = guess === undefined ? "heddle api-key list shows them" : `did you mean ${guess}?`;
    throw new CommandFailure("not_found", `there is no key "${which}" in force`, fix);
  }
  if (others.length > 0) {
    const ids = [found, ...others].map(({ id }) => id).join(", ");
    const message = `${others.length + 1} keys are called "${which}"`;
    throw new CommandFailure("ambiguous", message, `name one by its id: ${ids}`, 2);
  }
  const path = `/v1/api-keys/${encodeURIComponent(found.provider)}/${encodeURIComponent(found.id)}`;
  await control.call(path, { method: "DELETE" });
  const said = `${terminal.paint.green("revoked")} ${plain(found.name)} of ${plain(found.provider)} (${found.id})`;
  print({ ok: true, revoked: found }, () => [said], args, terminal);
  return 0;
}

async function keysOf(control: Control, args: CommandArguments): Promise<readonly ApiKey[]> {
  const provider = args.option("provider") ?? undefined;
  return (await listOf(control, "/v1/api-keys", apiKeyShape, Number.POSITIVE_INFINITY, { provider })).items;
}

const COLUMNS: readonly Column[] = [
  { title: "id" },
  { title: "provider", min: 8, drop: 2 },
  { title: "name", min: 8 },
  { title: "scopes", min: 8, drop: 3 },
  { title: "state" },
  { title: "by", min: 8, drop: 1 },
  { title: "made", drop: 1 },
];

/** Keys as a table: whose each is, and for how much longer. */
export function renderApiKeys(items: readonly ApiKey[], width: number, paint: Paint, nowMs: number): string[] {
  if (items.length === 0) return ["no keys were issued"];
  const rows = items.map((one): Cell[] => [
    { text: one.id, paint: paint.dim },
    one.provider,
    { text: one.name, paint: paint.bold },
    one.scopes.join(", "),
    stateOf(one, paint, nowMs),
    one.createdBy ?? "",
    one.createdAtMs === undefined ? "" : ago(one.createdAtMs, nowMs),
  ]);
  return fitTable(COLUMNS, rows, width, paint.dim);
}

function stateOf({ revokedAtMs, expiresAtMs }: ApiKey, paint: Paint, nowMs: number): Cell {
  if (revokedAtMs != null) return { text: "revoked", paint: paint.red };
  if (expiresAtMs <= nowMs) return { text: "expired", paint: paint.red };
  const text = `expires in ${briefly(expiresAtMs - nowMs)}`;
  return { text, paint: expiresAtMs - nowMs < 7 * DAY_MS ? paint.yellow : paint.green };
}

function misuse(message: string): CommandFailure {
  return new CommandFailure("usage", message, "heddle api-key --help shows how it is used", 2);
}
