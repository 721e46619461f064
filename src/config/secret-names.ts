/** The secrets that a mesh refers to, by the Worker that has to have them. */
import type { Mesh } from "../core/mesh.ts";

export interface SecretName {
  readonly name: string;
  /** What it is for, for people: "credential signed". */
  readonly use: string;
}

export interface SecretNames {
  readonly edge: readonly SecretName[];
  readonly control: readonly SecretName[];
}

/** Each name once, in the order of the mesh. Linear in what can refer to secrets. Never throws for what `compileMesh` made. */
export function secretNamesIn(mesh: Mesh): SecretNames {
  const { credentials = [], authentication, telemetry, notifications = [], selfHealing = [], discovery } = mesh;
  const edge = [
    ...credentials.flatMap((plan) => named(plan, `credential ${plan.name}`)),
    ...(authentication?.providers ?? []).flatMap((one) => named(one, `authentication provider ${one.name}`)),
    ...(telemetry?.tracing?.secretHeaders ?? []).map(([, name]) => ({ name, use: "exports of traces" })),
  ];
  const control = [
    ...notifications.flatMap((target) => named(target, `notifications to ${target.name}`)),
    ...selfHealing.flatMap((one) => named(one, `hooks of ${one.service}`)),
    ...Object.entries(discovery?.clusters ?? {}).flatMap(([name, one]) => named(one, `cluster ${name}`)),
  ];
  return { edge: once(edge), control: once(control) };
}

/** Fields of a compiled mesh whose value is the name of a secret. */
const FIELDS: ReadonlySet<string> = new Set(["secret", "urlFrom", "tokenSecret"]);

function named(value: unknown, use: string): readonly SecretName[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    if (typeof child !== "string") return named(child, use);
    return FIELDS.has(key) && child !== "" ? [{ name: child, use }] : [];
  });
}

function once(names: readonly SecretName[]): readonly SecretName[] {
  const uses = new Map<string, string[]>();
  for (const { name, use } of names) uses.set(name, [...new Set([...(uses.get(name) ?? []), use])]);
  return [...uses].map(([name, all]) => ({ name, use: all.join(", ") }));
}
