/** Good values and texts with something wrong in them: what gets further than noise does. */
import fc from "fast-check";

/** Values at which readers stumble. */
export const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, true, false, 0, -0, 1, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constantFrom<unknown>(Number.NEGATIVE_INFINITY, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53)),
  fc.constantFrom<unknown>(
    "",
    " ",
    "0",
    "-1",
    "1e999",
    "NaN",
    "null",
    "__proto__",
    "constructor",
    "toString",
    "\u0000",
  ),
  fc.constantFrom<unknown>(
    "\ud800",
    "\u202e",
    "é",
    "a\r\nb: c",
    "%00",
    "../..",
    "https://",
    "*",
    "{*}",
    "(((((",
    "1s",
    "-5s",
  ),
  fc.constantFrom<unknown>([], {}, [[]], [null], { a: 1 }, { __proto__: null }, { length: 1e9 }),
  fc.nat({ max: 5_000 }).map((length) => "x".repeat(length)),
  fc.nat({ max: 2_000 }).map((length) => new Array(length).fill(1)),
  fc.nat({ max: 200 }).map(nested),
  fc.json({ maxDepth: 3 }).map((text) => JSON.parse(text)),
  fc.bigInt(),
  fc.date(),
);

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

interface Change {
  readonly at: number;
  readonly kind: "replace" | "remove" | "repeat" | "rename" | "add" | "swap";
  readonly value: unknown;
  readonly key: string;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom("replace", "remove", "repeat", "rename", "add", "swap"),
  value: junk,
  key: fc.oneof(
    fc.constantFrom("__proto__", "constructor", "hasOwnProperty", "", "a b", "0"),
    fc.string({ maxLength: 8 }),
  ),
});

/** One of the values, with one to four changes anywhere in it. The values themselves stay as they are. */
export function mutated<T>(samples: readonly T[]): fc.Arbitrary<unknown> {
  const changes = fc.array(change, { minLength: 1, maxLength: 4 });
  return fc.tuple(fc.constantFrom(...samples), changes).map(([sample, all]) => {
    const root = { value: structuredClone(sample) as unknown };
    for (const one of all) apply(root, one);
    return root.value;
  });
}

interface Place {
  readonly parent: Record<string, unknown>;
  readonly key: string;
}

/** Every field of every object and list in it. */
function placesIn(value: unknown, parent: Place["parent"], key: string, found: Place[]): void {
  found.push({ parent, key });
  if (typeof value !== "object" || value === null || found.length > 20_000) return;
  const inner = value as Record<string, unknown>;
  for (const name of Object.keys(inner)) placesIn(inner[name], inner, name, found);
}

function apply(root: { value: unknown }, { at, kind, value: given, key: name }: Change): void {
  const places: Place[] = [];
  placesIn(root.value, root as Record<string, unknown>, "value", places);
  const { parent, key } = places[at % places.length]!;
  const value = structuredClone(given);
  switch (kind) {
    case "replace":
      parent[key] = value;
      return;
    case "remove":
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
      return;
    case "repeat":
      if (Array.isArray(parent)) parent.push(parent[Number(key)]);
      else parent[`${key}2`] = parent[key];
      return;
    case "rename":
      define(parent, name, parent[key]);
      delete parent[key];
      return;
    case "add": {
      const inner = parent[key];
      if (typeof inner === "object" && inner !== null) define(inner as Record<string, unknown>, name, value);
      return;
    }
    case "swap": {
      const other = places[(at * 7 + 3) % places.length]!;
      parent[key] = structuredClone(other.parent[other.key]);
    }
  }
}

/** As JSON.parse does it: `__proto__` becomes a field like any other. Lists have none. */
function define(parent: Record<string, unknown>, name: string, value: unknown): void {
  if (Array.isArray(parent)) return;
  Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true });
}

const fragment = fc.oneof(
  fc.constantFrom(
    "\r\n",
    "\n",
    "\t",
    "\0",
    " ",
    ",",
    ";",
    "=",
    '"',
    "\\",
    "%",
    "%2f",
    "%00",
    "..",
    "//",
    ":",
    "@",
    "#",
    "?",
  ),
  fc.constantFrom(
    "*",
    "&a",
    "*a",
    "<<",
    "!!js/function",
    "---",
    "{",
    "}",
    "[",
    "]",
    "'",
    "é",
    "\ud83d",
    "\ufeff",
    "\u2028",
  ),
  fc.constantFrom("-1", "0", "1e999", "99999999999999999999", "null", "true", "__proto__", "Infinity"),
  fc.string({ maxLength: 6 }),
  fc.string({ maxLength: 6, unit: "binary" }),
  fc.nat({ max: 300 }).map((length) => "a".repeat(length)),
  fc.nat({ max: 300 }).map((length) => "[".repeat(length)),
);

interface Cut {
  readonly at: number;
  readonly removed: number;
  readonly put: string;
}

const cut: fc.Arbitrary<Cut> = fc.record({ at: fc.nat(), removed: fc.nat({ max: 12 }), put: fragment });

/** One of the texts, with pieces cut out and others put in; or noise. */
export function garbled(samples: readonly string[]): fc.Arbitrary<string> {
  const changed = fc
    .tuple(fc.constantFrom(...samples), fc.array(cut, { maxLength: 5 }))
    .map(([sample, cuts]) => cuts.reduce(spliced, sample));
  return fc.oneof(
    { weight: 8, arbitrary: changed },
    { weight: 1, arbitrary: fc.string({ maxLength: 200, unit: "binary" }) },
  );
}

function spliced(text: string, { at, removed, put }: Cut): string {
  const from = at % (text.length + 1);
  return text.slice(0, from) + put + text.slice(from + removed);
}
