import { describe, expect, it } from "vitest";
import { failureOf, readProblem } from "../../../../src/cli/control/problem.ts";

describe("a refusal", () => {
  it.each([
    ['{"title":"No","extra":1}', { title: "No", extra: 1 }],
    ["<html>busy</html>", { detail: "<html>busy</html>" }],
    ['{"title":5}', { detail: '{"title":5}' }],
    ["", {}],
  ])("of %j is read", (body, problem) => {
    expect(readProblem(body)).toEqual(problem);
  });

  it("is about what the user typed where the request was understood, and about who was asked otherwise", () => {
    const problem = { title: "It is not possible now", detail: "no endpoint would be left", error: "would_empty" };
    const refused = failureOf(409, problem, "https://c.example.com", true);
    expect([refused.message, refused.fix, refused.exitCode]).toEqual([
      "no endpoint would be left",
      "say --force to do it all the same",
      1,
    ]);
    expect(failureOf(500, problem, "https://c.example.com", true).message).toBe(
      "https://c.example.com answered 500: It is not possible now: no endpoint would be left",
    );
  });

  it("says another thing to who sent no token than to who sent a wrong one", () => {
    expect(failureOf(401, {}, "https://c.example.com", false).fix).toContain("give a token");
    expect(failureOf(401, {}, "https://c.example.com", true).fix).toContain("expired or revoked");
  });

  it("of an object that cannot be asked ends with 3, whatever its status", () => {
    expect(failureOf(409, { error: "unavailable", detail: "away" }, "c", true).exitCode).toBe(3);
  });
});
