/** Takes a watch's bytes apart at the ends of lines. A line may come in any number of pieces, a character in two. */

/** Longest line: an object in etcd has 1.5 MB, and more as JSON. */
export const MAX_LINE_CHARS = 4 * 1_024 * 1_024;

export class LineSplitter {
  readonly #decoder = new TextDecoder();
  #rest: string[] = [];
  #restChars = 0;

  /**
   * The lines that these bytes complete, without empty ones; null once a line is longer than MAX_LINE_CHARS.
   *
   * Never throws: what is no UTF-8 becomes U+FFFD. Linear in the bytes, however a line is cut up.
   */
  push(bytes: Uint8Array): readonly string[] | null {
    const text = this.#decoder.decode(bytes, { stream: true });
    const lines = text.split("\n");
    const last = lines.pop() ?? "";
    if (lines.length > 0) {
      this.#rest.push(lines[0]!);
      lines[0] = this.#rest.join("");
      this.#rest = [];
      this.#restChars = 0;
    }
    this.#rest.push(last);
    this.#restChars += last.length;
    if (this.#restChars > MAX_LINE_CHARS || lines.some((line) => line.length > MAX_LINE_CHARS)) return null;
    return lines.filter((line) => line.trim() !== "");
  }
}
