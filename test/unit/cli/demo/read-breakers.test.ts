import { afterEach, expect, it } from "vitest";
import { readBreakers } from "../../../../src/cli/demo/read-breakers.ts";
import { type Origin, startOrigin } from "../../../../src/cli/origin/start-origin.ts";

const started: Origin[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((origin) => origin.close()));
});

async function edge(body: string): Promise<string> {
  const one = await startOrigin({ name: "edge", respond: (_, response) => void response.end(body) });
  started.push(one);
  return one.url;
}

it("tells the shared breaker, and the edge's own where the shared one is closed", async () => {
  const endpoints = [
    { id: "a", breaker: "closed", available: true },
    { id: "b", breaker: "closed", available: false },
    { id: "c", breaker: "half-open", available: false },
  ];
  const url = await edge(JSON.stringify({ services: [{ endpoints }] }));
  expect([...(await readBreakers(url))]).toEqual([
    ["a", "closed"],
    ["b", "open here"],
    ["c", "half-open"],
  ]);
});

it.each(["<html>", "{}", "null"])("tells nothing when the edge answers %j", async (body) => {
  expect((await readBreakers(await edge(body))).size).toBe(0);
});

it("tells nothing when no edge answers", async () => {
  expect((await readBreakers("http://127.0.0.1:1")).size).toBe(0);
});
