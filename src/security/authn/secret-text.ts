/** A secret by its name: a Worker's secret is a text, one of the Secrets Store is asked for. Null when there is none. Never rejects. */
export async function secretText(env: Readonly<Record<string, unknown>>, name: string): Promise<string | null> {
  const bound = Object.hasOwn(env, name) ? env[name] : undefined;
  if (typeof bound === "string") return bound === "" ? null : bound;
  if (typeof bound !== "object" || bound === null || !("get" in bound) || typeof bound.get !== "function") return null;
  try {
    const text: unknown = await bound.get();
    return typeof text === "string" && text !== "" ? text : null;
  } catch {
    return null;
  }
}
