/** What is compared: the config as it is, with other settings, with other policies, or other proxies in its place. */
import { compileMesh } from "../../config/compile.ts";
import { decodeConfig } from "../../config/decode.ts";
import { formatFaults } from "../../config/fault.ts";
import { nearest } from "../../config/nearest.ts";
import { isRecord } from "../../config/schema/finding.ts";
import { POLICIES } from "../../core/balance/registry.ts";
import type { Mesh } from "../../core/mesh.ts";
import { CONTENDERS } from "../../simulate/contenders.ts";
import { readSweep, type Sweep, valueName, withValue } from "./sweep.ts";
import type { Reading } from "./targets.ts";

export interface Variant {
  /** "" when nothing is compared. */
  readonly name: string;
  readonly mesh: Mesh;
  /** A model of another proxy that routes in Heddle's place; null is Heddle. */
  readonly contender: string | null;
}

export interface Variants {
  /** At the head of their column. */
  readonly title: string;
  /** Never empty. */
  readonly variants: readonly Variant[];
}

/** A config as it was written, and what became of it. */
export interface BaseConfig {
  readonly value: unknown;
  readonly mesh: Mesh;
}

interface Draft {
  readonly names: readonly string[];
  readonly value: unknown;
  readonly contender: string | null;
}

/** More than this is a mistake rather than a comparison. */
const MAX_VARIANTS = 200;

/**
 * Every combination of the swept values, each against every contender.
 *
 * - `sweeps`: as typed, `FIELD=VALUE,VALUE…`.
 * - `against`: as typed, `round-robin,nginx`; null compares no policies. The config as it is comes first.
 *
 * Refuses fields that do not exist, values that do not fit and unknown policies, with what was expected. Never throws.
 */
export async function readVariants(
  base: BaseConfig,
  sweeps: readonly string[],
  against: string | null,
): Promise<Reading<Variants>> {
  const read: Sweep[] = [];
  for (const text of sweeps) {
    const sweep = readSweep(text, base.value);
    if (!sweep.ok) return { ...sweep, message: `--sweep ${text}: ${sweep.message}` };
    read.push(sweep.value);
  }
  const policies = against === null ? null : readAgainst(against);
  if (policies !== null && !policies.ok) return policies;
  if (read.length === 0 && policies === null) {
    return { ok: true, value: { title: "", variants: [{ name: "", mesh: base.mesh, contender: null }] } };
  }
  const settings = swept(base.value, read);
  const drafts = policies === null ? settings : withPolicies(settings, policies.value, base.mesh);
  if (drafts.length > MAX_VARIANTS) {
    return { ok: false, message: `these are ${drafts.length} variants; at most ${MAX_VARIANTS} are compared at once` };
  }
  const title = [...(read.length > 0 ? ["setting"] : []), ...(policies !== null ? ["policy"] : [])].join(", ");
  return compile(title, drafts);
}

function swept(config: unknown, sweeps: readonly Sweep[]): readonly Draft[] {
  return sweeps.reduce<readonly Draft[]>(
    (drafts, sweep) =>
      drafts.flatMap((draft) =>
        sweep.values.map((value) => ({
          ...draft,
          names: [...draft.names, `${shortName(sweep, sweeps)}=${valueName(value)}`],
          value: withValue(draft.value, sweep.places, value),
        })),
      ),
    [{ names: [], value: config, contender: null }],
  );
}

/** The last part of a path, or all of it where two sweeps end alike. */
function shortName({ path }: Sweep, sweeps: readonly Sweep[]): string {
  const last = (text: string) => text.slice(text.lastIndexOf(".") + 1);
  return sweeps.filter((other) => last(other.path) === last(path)).length > 1 ? path : last(path);
}

function readAgainst(text: string): Reading<readonly string[]> {
  const names = text.split(",").map((name) => name.trim());
  const known = [...Object.keys(POLICIES), ...CONTENDERS.map(({ name }) => name)];
  for (const name of names) {
    if (known.includes(name)) continue;
    const suggestion = nearest(name, known);
    const message = `--against ${text}: there is no policy or proxy "${name}"`;
    return suggestion === undefined
      ? { ok: false, message: `${message}; there are ${known.join(", ")}` }
      : { ok: false, message, suggestion };
  }
  return { ok: true, value: [...new Set(names)] };
}

/** Every setting as it is, then every setting with each policy that is not the configured one. */
function withPolicies(settings: readonly Draft[], policies: readonly string[], { services }: Mesh): Draft[] {
  const configured = [...new Set(services.map(({ loadBalancing }) => loadBalancing.policy as string))];
  const asItIs = configured.length === 1 ? `${configured[0]} (config)` : "as configured";
  const others = configured.length === 1 ? policies.filter((name) => name !== configured[0]) : policies;
  const drafts: Draft[] = settings.map((draft) => ({ ...draft, names: [...draft.names, asItIs] }));
  for (const name of others) drafts.push(...settings.map((draft) => withPolicy(draft, name)));
  return drafts;
}

function withPolicy(draft: Draft, name: string): Draft {
  const names = [...draft.names, name];
  if (!Object.hasOwn(POLICIES, name)) return { ...draft, names, contender: name };
  const services = isRecord(draft.value) && isRecord(draft.value.services) ? Object.keys(draft.value.services) : [];
  const places = services.map((service) => ["services", service, "loadBalancing", "policy"]);
  return { ...draft, names, value: withValue(draft.value, places, name) };
}

async function compile(title: string, drafts: readonly Draft[]): Promise<Reading<Variants>> {
  const variants: Variant[] = [];
  for (const { names, value, contender } of drafts) {
    const name = names.join(", ");
    const decoded = decodeConfig(value);
    if (!decoded.ok) return { ok: false, message: formatFaults(decoded.faults, `with ${name}:`) };
    variants.push({ name, mesh: await compileMesh(decoded.config, { nowMs: 0 }), contender });
  }
  return { ok: true, value: { title, variants } };
}
