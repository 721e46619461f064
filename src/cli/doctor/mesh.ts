/** What a running mesh has to say: whether it can be reached, its clock, its versions, and what is in force. */
import { z } from "zod";
import type { CommandArguments } from "../command.ts";
import { type Access, findAccessIfAny } from "../context/access.ts";
import { createControl } from "../control/client.ts";
import { PROBLEM_FIX } from "../control/problem-fix.ts";
import { versionShape, whoamiShape } from "../control/shapes.ts";
import type { ConfigSource } from "../control/source.ts";
import { type Drift, driftOf } from "../deploy/config-drift.ts";
import { CommandFailure } from "../failure.ts";
import { installation } from "../installation.ts";
import { broken, type Check, ok, unknown, warning } from "./check.ts";

const TIMEOUT_MS = 10_000;
/** A difference that a person would see in times that are shown, ms. The Date header has whole seconds. */
const WORTH_A_WORD_MS = 5_000;
/** Meshes from so far in the future are refused, ms. Source: durable-objects/mesh-config. */
const REFUSED_MS = 5 * 60_000;

const configShape = z.looseObject({
  version: versionShape.nullable(),
  bundled: z.looseObject({ digest: z.string() }).nullish(),
});

export interface MeshChecks {
  readonly access: Access | null;
  readonly checks: readonly Check[];
}

/**
 * Everything about the mesh that the options, the environment or the contexts name.
 *
 * - `source`: the config of this project; null when there is none to compare.
 */
export async function checkMesh(
  args: CommandArguments,
  env: NodeJS.ProcessEnv,
  source: ConfigSource | null,
): Promise<MeshChecks> {
  let access: Access | null;
  try {
    access = findAccessIfAny(args, env);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return { access: null, checks: [broken("context", error.message, error.fix)] };
  }
  if (access === null) {
    const fix = "run heddle dev here, or heddle context add NAME --control URL";
    return { access, checks: [unknown("control", "no mesh is chosen: nothing that runs was looked at", fix)] };
  }
  const reached = await reach(`${access.control}/livez`);
  if (!reached.ok) {
    const fix = access.name === "local" ? "heddle dev" : "check the URL with heddle context show, and the network";
    return { access, checks: [broken("control", `${access.control} (${access.name}): ${reached.why}`, fix)] };
  }
  const checks = [ok("control", `${access.control} (${access.name}) answers`), checkClock(reached.skewMs)];
  const { check, inForce } = await checkToken(access);
  checks.push(check);
  if (access.edge !== null) checks.push(await checkEdge(access.edge, inForce, env));
  if (access.token !== null) checks.push(...(await checkIsolate(access)));
  if (source !== null && inForce !== null) checks.push(checkDrift(await driftOf(source, args, env)));
  return { access, checks };
}

/** - `skewMs`: our clock minus theirs. */
export function checkClock(skewMs: number): Check {
  const seconds = `${Math.round(Math.abs(skewMs) / 1_000)} s`;
  const says = `this machine's clock is ${seconds} ${skewMs > 0 ? "ahead of" : "behind"} the mesh's`;
  const fix = "let the system keep time by NTP, e.g. timedatectl set-ntp true";
  if (skewMs > REFUSED_MS) return broken("clock", `${says}: what it compiles is refused as from the future`, fix);
  return Math.abs(skewMs) > WORTH_A_WORD_MS ? warning("clock", says, fix) : ok("clock", "the clocks agree");
}

type Reached = { readonly ok: true; readonly skewMs: number } | { readonly ok: false; readonly why: string };

async function reach(url: string): Promise<Reached> {
  const askedAtMs = Date.now();
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "manual" });
    await answer.arrayBuffer();
    if (!answer.ok) return { ok: false, why: `it answered ${answer.status}; is it a Heddle control plane?` };
    const theirs = Date.parse(answer.headers.get("date") ?? "");
    // The header is cut to the second, and was written between our two looks.
    const ours = (askedAtMs + Date.now()) / 2;
    return { ok: true, skewMs: Number.isNaN(theirs) ? 0 : ours - theirs - 500 };
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    return { ok: false, why: `it cannot be reached (${cause?.code ?? (error as Error).name})` };
  }
}

/** The digest in force; null when nobody said. */
type InForce = string | null;

async function checkToken(access: Access): Promise<{ readonly check: Check; readonly inForce: InForce }> {
  if (access.token === null) {
    const fix = "give one with --token or HEDDLE_TOKEN, or keep one with heddle context add";
    return {
      check: warning("token", `there is no token for ${access.name}: nothing more can be asked`, fix),
      inForce: null,
    };
  }
  const control = createControl(access);
  try {
    const { name, scopes, heddle, problems = [] } = await control.get("/v1/whoami", whoamiShape);
    const { version, bundled } = await control.get("/v1/config", configShape);
    const runs = versionMatch("the control plane", typeof heddle === "string" ? heddle : null);
    const config = version === null ? "nothing applied" : `config version ${version.version}`;
    const says = `token ${name} may ${scopes.join(", ")}; ${config}`;
    const check =
      runs !== null
        ? warning("token", `${says}; ${runs}`, "heddle deploy --only control")
        : problems.length > 0
          ? warning(
              "token",
              `${says}; ${problems.join("; ")}`,
              "set the secret in both Workers: src/security/at-rest/README.md",
            )
          : ok("token", says);
    return { check, inForce: version?.digest ?? bundled?.digest ?? null };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return { check: broken("token", error.message, error.fix), inForce: null };
  }
}

const readyShape = z.looseObject({ ready: z.boolean(), version: z.string() });

async function checkEdge(edge: string, inForce: InForce, env: NodeJS.ProcessEnv): Promise<Check> {
  try {
    const answer = await fetch(`${edge}/.heddle/ready`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const read = readyShape.safeParse(await answer.json().catch(() => null));
    if (!answer.ok || !read.success) {
      return broken(
        "edge",
        `${edge} answered ${answer.status}, not as an edge does`,
        "check the edge's URL with heddle context show",
      );
    }
    const { version } = read.data;
    const release = versionMatch("the edge", await releaseOf(edge, env));
    if (release !== null) return warning("edge", `${edge}: ${release}`, "heddle deploy --only edge");
    if (inForce === null || version === inForce) return ok("edge", `${edge} runs mesh ${version}`);
    const says = `${edge}: the isolate that answered runs mesh ${version}, and ${inForce} is in force`;
    return warning(
      "edge",
      says,
      "isolates take a version within seconds of their next request; heddle status shows who refuses it",
    );
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    return broken(
      "edge",
      `${edge} cannot be reached (${cause?.code ?? (error as Error).name})`,
      "check the edge's URL with heddle context show",
    );
  }
}

const isolateShape = z.looseObject({ problems: z.array(z.string()).optional() });

/** What an isolate of the edge says that somebody has to see to: secrets and bindings that are not there, for one. */
async function checkIsolate(access: Access): Promise<readonly Check[]> {
  try {
    const { problems = [] } = await createControl(access).get("/v1/edge", isolateShape);
    return problems.length === 0 ? [] : [warning("isolate", problems.join("\n"), PROBLEM_FIX)];
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    // A token for some services may not ask, and what else is wrong is said by the checks before.
    return [];
  }
}

/** Which heddle the edge was built of; null when it does not say. Told to nobody without the debug token. */
async function releaseOf(edge: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const token = env.HEDDLE_DEBUG_TOKEN ?? "";
  const headers = token === "" ? {} : { "x-heddle-debug": token };
  const answer = await fetch(`${edge}/.heddle/state`, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const state = answer.ok ? ((await answer.json()) as { heddle?: unknown }) : {};
  return typeof state.heddle === "string" ? state.heddle : null;
}

/** What to say when something runs another version of heddle than this; null when it is the same, or does not say. */
function versionMatch(what: string, theirs: string | null): string | null {
  const { version } = installation();
  return theirs === null || theirs === version ? null : `${what} runs heddle ${theirs}, this is ${version}`;
}

function checkDrift(drift: Drift): Check {
  switch (drift.kind) {
    case "unknown":
      return unknown("drift", `the config was not compared with the one in force: ${drift.why}`);
    case "never-applied":
      return ok("drift", "nothing was applied: the config that was deployed is in force");
    case "same":
      return ok("drift", `the config here is version ${drift.version}, which is in force`);
    case "differs":
      return warning(
        "drift",
        `the config here differs from version ${drift.version}, which is in force`,
        "heddle diff shows how; heddle apply puts it in force",
      );
  }
}
