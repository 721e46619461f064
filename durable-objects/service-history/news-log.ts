/** The last events of a history, numbered, for whoever collects them. Sealed: they say in words how the service does. */
import type { RowSeal, SealedTable } from "../../src/security/at-rest/row-seal.ts";
import type { MeshEvent } from "../../src/telemetry/events/event.ts";
import type { News } from "./news.ts";
import { putNote, putText, ROWS_VERSION, readNote, readText } from "./storage.ts";

const MAX_EVENTS = 100;

const NEWS = "news";
/** Number of the last event, plain: one that came twice would not be taken, though nobody can read the first. */
const LAST = "news-last";

export const SEALED_NEWS: SealedTable = {
  name: "note",
  keys: ["name"],
  purpose: "news",
  version: ROWS_VERSION,
  where: `name = '${NEWS}'`,
};

export class NewsLog {
  readonly #sql: SqlStorage;
  readonly #seal: RowSeal;
  readonly #service: string;
  /** Oldest first; ids end with their number. */
  #events: readonly { readonly n: number; readonly event: MeshEvent }[];
  /** Number of the last one that the hub has taken, in this life: the hub counts what it hears again once. */
  #told = 0;
  #last: number;

  constructor(sql: SqlStorage, service: string, seal: RowSeal) {
    this.#sql = sql;
    this.#service = service;
    this.#seal = seal;
    const stored = readText(sql, NEWS);
    const text = stored === null ? null : seal.open(SEALED_NEWS, [NEWS], stored);
    const note: unknown = text === null ? null : parsed(text);
    this.#events = Array.isArray(note) ? note.filter(isNumbered) : [];
    const last = readNote(sql, LAST);
    this.#last = Math.max(this.#events.at(-1)?.n ?? 0, typeof last === "number" ? last : 0);
  }

  add(news: News): void {
    const n = this.#last + 1;
    this.#last = n;
    const event: MeshEvent = { id: `${this.#service}:history:${n}`, service: this.#service, ...news };
    this.#events = [...this.#events, { n, event }].slice(-MAX_EVENTS);
    putText(this.#sql, NEWS, this.#seal.seal(SEALED_NEWS, [NEWS], JSON.stringify(this.#events)));
    putNote(this.#sql, LAST, n);
  }

  /** Brings what is new to whoever keeps events. What it does not take is brought again with the next call. Never rejects. */
  async tell(record: (events: readonly MeshEvent[]) => Promise<unknown>): Promise<void> {
    const untold = this.since(this.#told);
    if (untold.length === 0) return;
    try {
      await record(untold.map(({ event }) => event));
      this.#told = untold.at(-1)!.n;
    } catch (error) {
      console.warn(JSON.stringify({ event: "history_news_not_told", service: this.#service, error: String(error) }));
    }
  }

  /** Those with numbers above `after`, oldest first. */
  since(after: number): readonly { readonly n: number; readonly event: MeshEvent }[] {
    return this.#events.filter(({ n }) => n > after);
  }
}

function isNumbered(value: unknown): value is { n: number; event: MeshEvent } {
  const { n, event } = (value ?? {}) as { n?: unknown; event?: unknown };
  return typeof n === "number" && typeof event === "object" && event !== null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
