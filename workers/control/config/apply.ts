/** A config that somebody sent → a new version, or what it would change, or why not. */

import type { MeshDiff } from "../../../src/config/diff/mesh-diff.ts";
import type { ApplyReply, ConfigSource, VersionMeta } from "../../../src/core/mesh-version.ts";
import { recordChange } from "../access/audit.ts";
import type { ApiContext } from "../context.ts";
import { problem } from "../http/problem.ts";
import { tellHub } from "../live/event-hub.ts";
import { askConfig, headVersion, meshConfig, meshInForce } from "../live/mesh-config.ts";
import { refreshRegistries } from "../live/registries.ts";
import { diffBetween } from "./diff.ts";
import { readConfig } from "./read-config.ts";

export interface Proposal {
  readonly source: ConfigSource;
  /** Null: whatever is in force; for dry runs only. */
  readonly base: number | null;
  readonly message: string;
  readonly guardMs: number | undefined;
  readonly dryRun: boolean;
}

export async function apply(context: ApiContext, proposal: Proposal): Promise<Response> {
  const { source, base, message, guardMs, dryRun } = proposal;
  const { env } = context;
  const current = await headVersion(env);
  const number = current?.version ?? 0;
  if (base !== null && base !== number) return stale(context, base, current);
  const read = await readConfig(source, env, context.get("nowMs"));
  if (!read.ok) {
    return problem(context, "invalid-content", "the config has faults; what is in force stays", {
      faults: read.faults,
      members: { current },
    });
  }
  const diff = await diffBetween(env, await meshInForce(env), read.mesh);
  if (dryRun) return context.json({ diff, faults: [], current, digest: read.mesh.version });
  const author = context.get("caller").name.slice(0, 256);
  const reply = await askConfig(() =>
    meshConfig(env).apply({
      mesh: read.mesh,
      source,
      base: number,
      author,
      message,
      ...(guardMs !== undefined && { guardMs }),
    }),
  );
  return answer(context, reply, { base: number, before: current, action: "config.apply", diff });
}

export interface Outcome {
  readonly base: number;
  readonly before: VersionMeta | null;
  readonly action: "config.apply" | "config.rollback";
  readonly diff: MeshDiff;
}

/** What the config object said to a change, as an answer. */
export async function answer(context: ApiContext, reply: ApplyReply, outcome: Outcome): Promise<Response> {
  const { base, before, action, diff } = outcome;
  if (reply.ok) {
    const { version } = reply;
    await recordChange(context, { action, target: String(version.version), before, after: version });
    context.executionCtx.waitUntil(refreshRegistries(context.env));
    context.executionCtx.waitUntil(tellHub(context.env));
    const headers = { etag: `"${version.version}"`, location: `/v1/config/versions/${version.version}` };
    return context.json({ version, diff }, 201, headers);
  }
  const { error, detail, current } = reply;
  const members = { error, current };
  switch (error) {
    case "stale":
      return stale(context, base, current);
    case "unchanged":
    case "guarding":
    case "newer_storage":
      return problem(context, "conflict", detail, { members });
    case "unknown_version":
      return problem(context, "not-found", detail, { members });
    case "invalid_mesh":
    case "invalid_request":
    case "too_large":
      return problem(context, "invalid-content", detail, { members, faults: [{ path: "", message: detail }] });
  }
}

/** Another version is in force than the one it was based on: which one, and what it changed. */
export async function stale(context: ApiContext, base: number, current: VersionMeta | null): Promise<Response> {
  const detail = `it is based on version ${base}, and ${current?.version ?? 0} is in force`;
  const diff = await changesSince(context, base, current);
  return problem(context, "precondition-failed", detail, { members: { current, diff } });
}

/** Null where one of them is not kept. */
async function changesSince(context: ApiContext, base: number, current: VersionMeta | null): Promise<MeshDiff | null> {
  const read = (version: number) => askConfig(() => meshConfig(context.env).read(version));
  if (current === null) return null;
  const [from, to] = await Promise.all([base === 0 ? null : read(base), read(current.version)]);
  if (to === null || (from === null && base !== 0)) return null;
  return diffBetween(context.env, from?.mesh ?? null, to.mesh);
}
