import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Control, createControl } from "../../../../src/cli/control/client.ts";
import type { CommandFailure } from "../../../../src/cli/failure.ts";

const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done)))));

interface Heard {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
}

/** A server with these answers, the last again and again, and a client of it. */
async function serverWith(...answers: ((response: ServerResponse) => void)[]) {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    heard.push({ method: request.method!, url: request.url!, headers: request.headers });
    request.resume().once("end", () => answers[Math.min(heard.length, answers.length) - 1]!(response));
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const control = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { heard, control: createControl({ name: "test", control, edge: null, token: "the-token" }) };
}

const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
const problem = (status: number, detail: string) => answer(status, { title: "No", status, detail });

async function failureOf(call: Promise<unknown>): Promise<CommandFailure> {
  return call.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: CommandFailure) => error,
  );
}

const shape = z.looseObject({ name: z.string() });

describe("the client of the admin API", () => {
  it("sends its token, and keeps fields that it does not know", async () => {
    const { heard, control } = await serverWith(answer(200, { name: "a", later: 1 }));
    expect(await control.get("/v1/whoami", shape, { query: { limit: 5, cursor: undefined } })).toEqual({
      name: "a",
      later: 1,
    });
    expect(heard[0]).toMatchObject({ method: "GET", url: "/v1/whoami?limit=5" });
    expect(heard[0]!.headers.authorization).toBe("Bearer the-token");
    expect(heard[0]!.headers).not.toHaveProperty("idempotency-key");
  });

  it("tries a change again with the same key when the control plane is away for a moment", async () => {
    const { heard, control } = await serverWith(problem(503, "away"), answer(201, { name: "a" }));
    await control.call("/v1/tokens", { method: "POST", json: {} });
    const keys = heard.map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys[1]).toBe(keys[0]);
  });

  it("does not follow a redirect: the token is for this host", async () => {
    const { control } = await serverWith(answer(302, {}, { location: "http://127.0.0.1:9/" }));
    expect((await failureOf(control.call("/v1/whoami"))).message).toContain("answered 302");
  });

  it.each([
    [401, 4, "unauthorized"],
    [403, 4, "forbidden"],
    [404, 1, "not_found"],
    [409, 1, "refused"],
    [429, 1, "rate_limited"],
    [500, 1, "control_failed"],
    [503, 3, "unavailable"],
  ])("ends a command with a status of %i by exit code %i", async (status, exitCode, code) => {
    const { control } = await serverWith(problem(status, "for a \u001b[31mreason"));
    const failure = await failureOf(control.call("/v1/x"));
    expect(failure).toMatchObject({ exitCode, code });
    expect(failure.message).toContain("for a [31mreason");
  });

  it("hands over the refusals that the caller wants", async () => {
    const { control } = await serverWith(problem(412, "late"));
    expect((await control.call("/v1/config", { expect: [412] })).status).toBe(412);
  });

  it("says which fault a refused body has", async () => {
    const faults = [{ path: "target", message: "is missing" }];
    const { control } = await serverWith(answer(422, { title: "The content has faults", faults }));
    expect((await failureOf(control.call("/v1/x"))).message).toContain("target: is missing");
  });

  it.each([
    ["the body has faults", "the body has faults"],
    ["is missing", "The content has faults"],
  ])("says once that there are faults, where they follow: %s", async (detail, said) => {
    const faults = [{ path: "target", message: "is missing" }];
    const { control } = await serverWith(answer(422, { title: "The content has faults", detail, faults }));
    const { message } = await failureOf(control.call("/v1/x"));
    expect(message).toMatch(new RegExp(`answered 422: ${said}\n {2}target: is missing$`));
  });

  it("ends with 3 where nothing listens", async () => {
    const control: Control = createControl({ name: "x", control: "http://127.0.0.1:1", edge: null, token: null });
    const failure = await failureOf(control.call("/v1/whoami"));
    expect(failure).toMatchObject({ exitCode: 3, code: "unreachable" });
    expect(failure.message).toContain("http://127.0.0.1:1 cannot be reached");
  });

  it("says what is wrong with an answer in another form", async () => {
    const { control } = await serverWith(answer(200, { name: 5 }));
    expect((await failureOf(control.get("/v1/x", shape))).message).toContain("name: ");
    const other = await serverWith((response) => void response.end("<html>"));
    expect((await failureOf(other.control.get("/v1/x", shape))).message).toContain("not JSON");
  });
});
