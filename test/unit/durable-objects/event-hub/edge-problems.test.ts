import { describe, expect, it } from "vitest";
import { EdgeProblems } from "../../../../durable-objects/event-hub/edge-problems.ts";

const problem = { detail: "credential partner: the secret KEY is absent", endpoints: ["a"], all: true };
const answer = (body: unknown, status = 200) => Response.json(body, { status });

/** Problems as an edge tells them that gives these answers, one after the other. */
function heardFrom(...answers: readonly (() => Response)[]) {
  const asked: string[] = [];
  const problems = new EdgeProblems({
    HEDDLE_OPERATOR_TOKEN: "a token",
    EDGE: {
      async fetch(url, init) {
        asked.push(`${new URL(url).pathname} ${new Headers(init.headers).get("authorization")}`);
        return answers[asked.length - 1]!();
      },
    },
  });
  return { problems, asked };
}

describe("EdgeProblems", () => {
  it("knows nothing before the edge was asked, nor without one", async () => {
    const alone = new EdgeProblems({});
    await alone.ask(0);
    expect(alone.of("shop")).toBeUndefined();
    expect(heardFrom().problems.of("shop")).toBeUndefined();
  });

  it("tells the problems of a service, and that others have none", async () => {
    const { problems, asked } = heardFrom(() => answer({ problems: [], services: { shop: [problem] } }));
    await problems.ask(0);
    expect(problems.of("shop")).toEqual([problem]);
    expect(problems.of("other")).toEqual([]);
    expect(problems.of("constructor")).toEqual([]);
    expect(asked).toEqual(["/.heddle/problems Bearer a token"]);
  });

  it("asks once in three seconds, and forgets what is over", async () => {
    const { problems, asked } = heardFrom(
      () => answer({ services: { shop: [problem] } }),
      () => answer({ services: {} }),
    );
    await Promise.all([problems.ask(0), problems.ask(0), problems.ask(2_999)]);
    expect(asked).toHaveLength(1);
    await problems.ask(3_000);
    expect(asked).toHaveLength(2);
    expect(problems.of("shop")).toEqual([]);
  });

  it.each([
    [
      "breaks",
      () => {
        throw new Error("gone");
      },
    ],
    ["is no JSON", () => new Response("<html>")],
  ])("keeps what it knew while an answer %s", async (_, broken) => {
    const { problems } = heardFrom(() => answer({ services: { shop: [problem] } }), broken);
    await problems.ask(0);
    await problems.ask(10_000);
    expect(problems.of("shop")).toEqual([problem]);
  });

  it.each([
    ["an edge that wants another token", () => answer({ title: "who?" }, 401)],
    ["an edge that says nothing of this", () => answer({ problems: [] })],
  ])("knows nothing of %s", async (_, said) => {
    const { problems } = heardFrom(said);
    await problems.ask(0);
    expect(problems.of("shop")).toBeUndefined();
  });
});
