/**
 * The same text in memory of its own, for what is kept. An engine keeps a piece of a text as a look into the whole of it: the
 * keys of ten thousand callers, cut out of their cookies or paths, would keep everything else that they sent, which is more
 * than an isolate has.
 *
 * There is no function for it. A text that is joined is written anew when somebody looks into it, and a piece of that holds
 * one letter more than itself. Linear in the text. Never throws.
 *
 * Source: V8, SlicedString and ConsString (src/objects/string.h); pieces under 13 letters are copied anyway.
 */
export function ownText(text: string): string {
  return text.length < MIN_SLICED ? text : `~${text}`.slice(1);
}

const MIN_SLICED = 13;
