import { z } from "zod";
import { formatDuration } from "../../config/duration.ts";
import { nearest } from "../../config/nearest.ts";
import type { CommandArguments, RunCommand } from "../command.ts";
import { actionWord } from "../control/action-word.ts";
import type { Control } from "../control/client.ts";
import { connect } from "../control/connect.ts";
import { listOf } from "../control/pages.ts";
import { print } from "../control/print.ts";
import { type Token, tokenShape } from "../control/shapes.ts";
import { CommandFailure, type ExitCode } from "../failure.ts";
import { type Cell, type Column, fitTable, widthOf } from "../fit-table.ts";
import { plain } from "../plain.ts";
import type { Paint, Terminal } from "../terminal.ts";
import { ago, briefly, durationOption } from "../when.ts";

const ACTIONS = ["list", "create", "revoke"] as const;
export const SCOPES = ["read", "operate", "admin", "register"] as const;
const DEFAULT_EXPIRY = "90d";
const DAY_MS = 24 * 3_600_000;

/** Null: the answer to the first of two attempts was lost, and the secret is said once only. */
const createdShape = tokenShape.extend({ token: z.string().nullable() });

/** `heddle token [list|create|revoke]`: who may use the control plane. */
export const token: RunCommand = async (args, terminal) => {
  const [word = "list", name] = args.positionals;
  const action = actionWord(word, ACTIONS, "token");
  if (action !== "list" && name === undefined) {
    throw misuse(`heddle token ${action} needs ${action === "create" ? "a NAME" : "the ID or the name of a token"}`);
  }
  if (action === "create") return create(name!, args, terminal);
  const control = connect(args, terminal);
  return action === "list" ? list(control, args, terminal) : revoke(control, name!, args, terminal);
};

async function create(name: string, args: CommandArguments, terminal: Terminal): Promise<ExitCode> {
  const given = args.options("scope").flatMap((text) => text.split(","));
  const scopes = given.map((scope) => actionWord(scope.trim(), SCOPES, "token create --scope"));
  const services = args.options("service");
  if (scopes.includes("register") && services.length === 0) {
    throw misuse("a token with the scope register is for certain services: name them with --service");
  }
  const expiresMs = durationOption("expires", args.option("expires") ?? DEFAULT_EXPIRY, 60_000, 366 * DAY_MS);
  const made = await connect(args, terminal).get("/v1/tokens", createdShape, {
    method: "POST",
    json: {
      name,
      scopes: scopes.length === 0 ? ["read"] : scopes,
      ...(services.length > 0 && { services }),
      expiresIn: formatDuration(expiresMs),
    },
  });
  const { paint } = terminal;
  const secret = made.token;
  if (secret === null) {
    const message = `token ${made.id} was made, and the answer with its secret was lost on the way`;
    throw new CommandFailure("secret_lost", message, `heddle token revoke ${made.id}, then create it again`);
  }
  const notes = [`${scopeText(made)}, expires in ${briefly(expiresMs)}. It is shown this once:`];
  if (!args.has("json")) for (const line of notes) terminal.err(paint.dim(plain(line)));
  print({ ok: true, ...made }, () => [secret], args, terminal);
  return 0;
}

async function list(control: Control, args: CommandArguments, terminal: Terminal): Promise<ExitCode> {
  const { items } = await listOf(control, "/v1/tokens", tokenShape);
  print({ items }, () => renderTokens(items, widthOf(terminal), terminal.paint, Date.now()), args, terminal);
  return 0;
}

async function revoke(control: Control, which: string, args: CommandArguments, terminal: Terminal): Promise<ExitCode> {
  const { items } = await listOf(control, "/v1/tokens", tokenShape);
  const live = items.filter(({ revokedAtMs }) => revokedAtMs == null);
  const found = live.filter(({ id, name }) => id === which || name === which);
  if (found.length === 0) {
    const guess = nearest(
      which,
      live.map(({ name }) => name),
    );
    const fix = guess === undefined ? "heddle token list shows them" : `did you mean ${guess}?`;
    throw new CommandFailure("not_found", `there is no token "${which}"`, fix);
  }
  if (found.length > 1) {
    const ids = found.map(({ id }) => id).join(", ");
    throw new CommandFailure(
      "ambiguous",
      `${found.length} tokens are called "${which}"`,
      `name one by its id: ${ids}`,
      2,
    );
  }
  await control.call(`/v1/tokens/${encodeURIComponent(found[0]!.id)}`, { method: "DELETE" });
  print(
    { ok: true, revoked: found[0] },
    () => [`${terminal.paint.green("revoked")} ${plain(found[0]!.name)} (${found[0]!.id})`],
    args,
    terminal,
  );
  return 0;
}

const COLUMNS: readonly Column[] = [
  { title: "id" },
  { title: "name", min: 8 },
  { title: "may", min: 8 },
  { title: "state" },
  { title: "used", drop: 3 },
  { title: "by", min: 8, drop: 2 },
  { title: "made", drop: 1 },
];

/** Tokens as a table: what each may do, and for how much longer. */
export function renderTokens(items: readonly Token[], width: number, paint: Paint, nowMs: number): string[] {
  if (items.length === 0) return ["there are no tokens"];
  const rows = items.map((one): Cell[] => [
    { text: one.id, paint: paint.dim },
    { text: one.name, paint: paint.bold },
    scopeText(one),
    stateOf(one, paint, nowMs),
    one.lastUsedAtMs == null ? "never" : ago(one.lastUsedAtMs, nowMs),
    one.createdBy ?? "",
    one.createdAtMs === undefined ? "" : ago(one.createdAtMs, nowMs),
  ]);
  return fitTable(COLUMNS, rows, width, paint.dim);
}

function scopeText({ scopes, services }: Token): string {
  const limit = services == null || services.length === 0 ? "" : ` of ${services.join(", ")}`;
  return `${scopes.join(", ")}${limit}`;
}

function stateOf({ revokedAtMs, expiresAtMs }: Token, paint: Paint, nowMs: number): Cell {
  if (revokedAtMs != null) return { text: "revoked", paint: paint.red };
  if (expiresAtMs == null) return { text: "never expires", paint: paint.yellow };
  if (expiresAtMs <= nowMs) return { text: "expired", paint: paint.red };
  const text = `expires in ${briefly(expiresAtMs - nowMs)}`;
  return { text, paint: expiresAtMs - nowMs < 7 * DAY_MS ? paint.yellow : paint.green };
}

function misuse(message: string): CommandFailure {
  return new CommandFailure("usage", message, "heddle token --help shows how it is used", 2);
}
