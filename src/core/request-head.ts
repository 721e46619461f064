/** What routing may look at. Strings as they were received; nothing is parsed that no route asks for. */
export interface RequestHead {
  readonly method: string;
  /** "http" or "https". */
  readonly scheme: string;
  /** Host without port and trailing dot, lower case. */
  readonly host: string;
  /** Of the URL; the scheme's own when it names none. */
  readonly port: number;
  /** Path with its leading slash, without the query, in normal form (normal-path.ts). */
  readonly path: string;
  /** Query with its "?", or "". */
  readonly query: string;
  /** Value of a header by lower-case name, several joined by ", "; null when absent. */
  readonly header: (name: string) => string | null;
}
