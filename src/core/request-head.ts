/** What routing may look at. Strings as they were received; nothing is parsed that no route asks for. */
export interface RequestHead {
  readonly method: string;
  /** Host without port, lower case. */
  readonly host: string;
  /** Path with its leading slash, without the query. Percent-encoding is kept. */
  readonly path: string;
  /** Query with its "?", or "". */
  readonly query: string;
  /** Value of a header by lower-case name, several joined by ", "; null when absent. */
  readonly header: (name: string) => string | null;
}
