/**
 * The decoded value of the first query parameter with a decoded name; null when there is none, "" when it has no value.
 *
 * - `query`: as received, with or without its "?". "+" is a space; what is not valid percent-encoding stands for itself.
 *
 * Never throws. Linear in the query; allocates only for the parameter that is found and for names that are encoded.
 */
export function queryValue(query: string, name: string): string | null {
  let start = query.charCodeAt(0) === QUESTION_MARK ? 1 : 0;
  while (start < query.length) {
    const ampersand = query.indexOf("&", start);
    const end = ampersand === -1 ? query.length : ampersand;
    const equals = query.indexOf("=", start);
    const nameEnd = equals === -1 || equals > end ? end : equals;
    if (nameEnd > start && isName(query, start, nameEnd, name)) return decode(query.slice(nameEnd + 1, end));
    start = end + 1;
  }
  return null;
}

/** The decoded values of all parameters with a decoded name, in their order. As `queryValue` for the rest. */
export function queryValues(query: string, name: string): readonly string[] {
  const first = queryValue(query, name);
  if (first === null) return NONE;
  const values: string[] = [];
  for (const pair of query.slice(query.charCodeAt(0) === QUESTION_MARK ? 1 : 0).split("&")) {
    const value = queryValue(`?${pair}`, name);
    if (value !== null) values.push(value);
  }
  return values;
}

const NONE: readonly string[] = [];
const QUESTION_MARK = 63;

function isName(query: string, start: number, end: number, name: string): boolean {
  if (end - start === name.length && query.startsWith(name, start)) return decode(name) === name;
  const raw = query.slice(start, end);
  return ENCODED.test(raw) && decode(raw) === name;
}

const ENCODED = /[%+]/;

function decode(text: string): string {
  if (!ENCODED.test(text)) return text;
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
