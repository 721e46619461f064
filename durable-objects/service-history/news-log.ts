/** The last events of a history, numbered, for whoever collects them. */
import type { MeshEvent } from "../../src/telemetry/events/event.ts";
import type { News } from "./news.ts";
import { putNote, readNote } from "./storage.ts";

const MAX_EVENTS = 100;

export class NewsLog {
  readonly #sql: SqlStorage;
  readonly #service: string;
  /** Oldest first; ids end with their number. */
  #events: readonly { readonly n: number; readonly event: MeshEvent }[];
  /** Number of the last one that the hub has taken, in this life: the hub counts what it hears again once. */
  #told = 0;

  constructor(sql: SqlStorage, service: string) {
    this.#sql = sql;
    this.#service = service;
    const note = readNote(sql, "news");
    this.#events = Array.isArray(note) ? note.filter(isNumbered) : [];
  }

  add(news: News): void {
    const n = (this.#events.at(-1)?.n ?? 0) + 1;
    const event: MeshEvent = { id: `${this.#service}:history:${n}`, service: this.#service, ...news };
    this.#events = [...this.#events, { n, event }].slice(-MAX_EVENTS);
    putNote(this.#sql, "news", this.#events);
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
