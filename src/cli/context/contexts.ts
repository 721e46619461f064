import { checkAddress } from "./address.ts";

/** Where a context's token comes from. It is read when it is needed, not before. */
export type TokenSource =
  | { readonly env: string }
  | { readonly file: string }
  /** Kept in the contexts file itself. */
  | { readonly stored: string };

/** One mesh, by name. */
export interface Context {
  /** Of its control plane. */
  readonly control: string;
  /** Where its traffic enters; null when not said. */
  readonly edge: string | null;
  readonly token: TokenSource | null;
}

export interface Contexts {
  /** The one in force when nothing else is said; null for none. */
  readonly current: string | null;
  readonly byName: ReadonlyMap<string, Context>;
}

export const NO_CONTEXTS: Contexts = { current: null, byName: new Map() };

/** Names a context may have; `local` is the mesh that runs here. */
export const CONTEXT_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
export const LOCAL = "local";

const FORMAT = 1;

/** The text of a contexts file. */
export function encodeContexts({ current, byName }: Contexts): string {
  const contexts = Object.fromEntries([...byName].sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ format: FORMAT, current, contexts }, null, 2)}\n`;
}

export type DecodedContexts =
  | { readonly ok: true; readonly contexts: Contexts }
  | { readonly ok: false; readonly detail: string };

/** Reads the text of a contexts file. Never throws; `detail` says what is wrong. */
export function decodeContexts(text: string): DecodedContexts {
  const no = (detail: string) => ({ ok: false, detail }) as const;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return no(`it is not JSON: ${(error as Error).message}`);
  }
  if (!isRecord(value) || !isRecord(value.contexts)) return no("it has no contexts");
  if (value.format !== FORMAT)
    return no(`its format is ${JSON.stringify(value.format)}, and this heddle reads ${FORMAT}`);
  const byName = new Map<string, Context>();
  for (const [name, entry] of Object.entries(value.contexts)) {
    if (!CONTEXT_NAME.test(name)) return no(`"${name}" is no name of a context`);
    const context = decodeContext(entry, name);
    if (typeof context === "string") return no(context);
    byName.set(name, context);
  }
  const { current } = value;
  if (current !== null && typeof current !== "string") return no("current is neither a name nor null");
  return { ok: true, contexts: { current, byName } };
}

function decodeContext(entry: unknown, name: string): Context | string {
  if (!isRecord(entry) || typeof entry.control !== "string") return `context ${name} has no control URL`;
  const { edge = null, token = null } = entry;
  if (edge !== null && typeof edge !== "string") return `the edge of context ${name} is not a URL`;
  const source = token === null ? null : decodeSource(token);
  if (source === undefined) return `the token of context ${name} is none of {env}, {file}, {stored}`;
  try {
    const control = checkAddress(entry.control, `context ${name}`);
    return { control, edge: edge === null ? null : checkAddress(edge, `context ${name}`), token: source };
  } catch (error) {
    return (error as Error).message;
  }
}

function decodeSource(value: unknown): TokenSource | undefined {
  if (!isRecord(value)) return undefined;
  if (typeof value.env === "string") return { env: value.env };
  if (typeof value.file === "string") return { file: value.file };
  return typeof value.stored === "string" ? { stored: value.stored } : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
