import { describe, expect, it } from "vitest";
import { createEventLog } from "../../../../src/cli/demo/event-log.ts";
import type { Origin } from "../../../../src/cli/origin/start-origin.ts";

const texts = (events: readonly string[]) => events.map((event) => event.replace(/^ *[0-9.]+ s {2}/, ""));

describe("createEventLog", () => {
  it("notes breakers and faults that changed, and only those", () => {
    const log = createEventLog();
    const origin = (fault: object) => ({ name: "aws", fault: () => fault }) as unknown as Origin;
    log.onBreakers(new Map([["aws", "closed"]]));
    log.onBreakers(new Map([["aws", "open"]]));
    log.onBreakers(new Map([["aws", "open"]]));
    log.onFaults([origin({ hang: true })]);
    log.onFaults([origin({ hang: true })]);
    log.onFaults([origin({})]);
    expect(texts(log.events())).toEqual(["breaker of aws is open", "aws is hang now", "aws is well now"]);
  });

  it("keeps the latest", () => {
    const log = createEventLog();
    for (let i = 0; i < 50; i++) log.add(`${i}`);
    expect(texts(log.events()).at(-1)).toBe("49");
    expect(log.events().length).toBeLessThan(50);
  });
});
