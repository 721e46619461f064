/**
 * Headers that only the mesh may say, as callers may spell them: many endpoints (CGI, WSGI, Rack, PHP) make the same variable of
 * `x-user` and `x_user`, so that whoever drops the one alone lets the other speak for the mesh.
 */

export interface ReservedHeaders {
  /** Every spelling, in lower case. */
  readonly spellings: ReadonlySet<string>;
  /** The same where they are few: to look for each is quicker then than to go through a request's headers. */
  readonly few: readonly string[] | null;
}

/** A look for one is a call into the platform; going through ten headers costs about as much as six. */
const FEW = 6;

/** `names`: in lower case. Exponential in the dashes of a name, of which a config has few. Never throws. */
export function openReserved(names: readonly string[]): ReservedHeaders {
  const spellings = new Set(names.flatMap(spellingsOf));
  return { spellings, few: spellings.size <= FEW ? [...spellings] : null };
}

function spellingsOf(name: string): readonly string[] {
  const [first = "", ...parts] = name.split("-");
  // Longer names only as they are, and with nothing but "_".
  if (parts.length > MAX_DASHES) return [name, name.replaceAll("-", "_")];
  return parts.reduce<readonly string[]>(
    (spelt, part) => spelt.flatMap((before) => [`${before}-${part}`, `${before}_${part}`]),
    [first],
  );
}

const MAX_DASHES = 8;

/** Those that a request has; usually none. Never throws. */
export function spoofedIn(headers: Headers, { spellings, few }: ReservedHeaders): readonly string[] {
  if (few !== null) return isAnyOf(headers, few) ? few.filter((one) => headers.has(one)) : NONE;
  let found = NONE;
  headers.forEach((_, name) => {
    if (spellings.has(name)) found = [...found, name];
  });
  return found;
}

const NONE: readonly string[] = [];

function isAnyOf(headers: Headers, names: readonly string[]): boolean {
  for (let i = 0; i < names.length; i += 1) if (headers.has(names[i]!)) return true;
  return false;
}
