/** The admin API's config and its versions. */
import { z } from "zod";
import { formatDuration } from "../../config/duration.ts";
import { type Answer, type Control, readBody } from "./client.ts";
import { type Problem, readProblem } from "./problem.ts";
import { type Diff, diffShape, pageShape, type Version, versionShape } from "./shapes.ts";
import type { ConfigSource } from "./source.ts";

const CONFIG = "/v1/config";
const appliedShape = z.looseObject({ version: versionShape, diff: diffShape.nullish() });
const dryShape = z.looseObject({ diff: diffShape });
const staleShape = z.looseObject({ current: versionShape.nullish(), diff: diffShape.nullish() });
const historyShape = pageShape(versionShape);

/**
 * The version in force, which is the newest; null when nothing was ever applied and the bundled mesh is. Asks for the list:
 * the config itself comes with its text, which may be megabytes.
 */
export async function head(control: Control): Promise<Version | null> {
  const { items } = await control.get(`${CONFIG}/versions`, historyShape, { query: { limit: 1 } });
  return items[0] ?? null;
}

export interface Proposal {
  readonly source: ConfigSource;
  /** The version it is based on; 0 for the first. */
  readonly base: number;
  readonly message: string;
  readonly guardMs: number | null;
}

export type Applied =
  | { readonly ok: true; readonly version: Version }
  /** Another version is in force than the one it was based on. `diff`: what that one changed; null when it is not known. */
  | { readonly ok: false; readonly error: "stale"; readonly current: Version | null; readonly diff: Diff | null }
  | { readonly ok: false; readonly error: "invalid"; readonly problem: Problem }
  /** It means what is in force already. */
  | { readonly ok: false; readonly error: "unchanged" };

export type Tried = { readonly ok: true; readonly diff: Diff } | Exclude<Applied, { readonly ok: true }>;

/** What a config would change. */
export async function tryConfig(control: Control, proposal: Proposal): Promise<Tried> {
  const answer = await put(control, proposal, true);
  if (answer.status !== 200) return refused(answer);
  return { ok: true, diff: readBody(answer, dryShape, CONFIG).diff };
}

/** Makes a version of a config, if the one it is based on is in force. */
export async function applyConfig(control: Control, proposal: Proposal): Promise<Applied> {
  const answer = await put(control, proposal, false);
  if (answer.status !== 201) return refused(answer);
  return { ok: true, version: readBody(answer, appliedShape, CONFIG).version };
}

function put(control: Control, { source, base, message, guardMs }: Proposal, isDry: boolean): Promise<Answer> {
  return control.call(CONFIG, {
    method: "PUT",
    query: { dryRun: isDry ? "true" : undefined, guard: guardMs === null ? undefined : formatDuration(guardMs) },
    text: { type: source.format === "json" ? "application/json" : "application/yaml", body: source.text },
    headers: { "if-match": `"${base}"`, ...(message !== "" && { "x-heddle-message": encodeURIComponent(message) }) },
    expect: [409, 412, 422],
  });
}

function refused(answer: Answer): Exclude<Applied, { readonly ok: true }> {
  if (answer.status === 412) {
    const { current = null, diff = null } = readBody(answer, staleShape, CONFIG);
    return { ok: false, error: "stale", current, diff };
  }
  const problem = readProblem(answer.body);
  if (problem.error === "unchanged") return { ok: false, error: "unchanged" };
  return { ok: false, error: "invalid", problem };
}

/** Makes a version of the content of a former one, if `base` is in force. */
export async function rollBack(
  control: Control,
  { to, base, message }: { readonly to: number; readonly base: number; readonly message: string },
): Promise<Applied> {
  const answer = await control.call(`${CONFIG}/rollback`, {
    method: "POST",
    json: { to, message },
    headers: { "if-match": `"${base}"` },
    expect: [409, 412, 422],
  });
  if (answer.status !== 201) return refused(answer);
  return { ok: true, version: readBody(answer, appliedShape, CONFIG).version };
}

/** A version as the history has it, without its content. Throws CommandFailure when it is not kept. */
export async function latest(control: Control, number: number): Promise<Version> {
  const { items } = await control.get(`${CONFIG}/versions`, historyShape, { query: { limit: 5 } });
  return items.find((one) => one.version === number) ?? version(control, number);
}

/** A version. Throws CommandFailure when it is not kept. */
export async function version(control: Control, number: number): Promise<Version> {
  return (await control.get(`${CONFIG}/versions/${number}`, z.looseObject({ meta: versionShape }))).meta;
}

/** What the version `to` has that `from` has not. */
export async function diffOf(control: Control, from: number, to: number): Promise<Diff> {
  const shape = z.union([z.looseObject({ diff: diffShape }).transform(({ diff }) => diff), diffShape]);
  return control.get(`${CONFIG}/versions/${from}/diff`, shape, { query: { to } });
}

/** Versions, newest first, and where to go on; null at the end. */
export async function history(control: Control, limit: number, cursor?: string) {
  const { items, next } = await control.get(`${CONFIG}/versions`, historyShape, { query: { limit, cursor } });
  return { items, next: next ?? null };
}
