import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ControlServer, startControlServer } from "../../../../src/cli/demo/control-server.ts";
import { type Origin, startOrigin } from "../../../../src/cli/origin/start-origin.ts";
import { run } from "../../../../src/cli/run.ts";
import { testTerminal } from "../test-terminal.ts";

let origins: Origin[];
let control: ControlServer;
let changes = 0;
beforeAll(async () => {
  origins = await Promise.all(["aws", "gcp"].map((name) => startOrigin({ name })));
  control = await startControlServer(origins, () => changes++);
});
afterAll(async () => {
  control.close();
  await Promise.all(origins.map((origin) => origin.close()));
});

const command = async (...words: string[]) => {
  const terminal = testTerminal();
  const code = await run(["chaos", ...words, "--switchboard", control.url], terminal);
  return { code, text: [...terminal.written, ...terminal.errors].join("\n") };
};

describe("the control server, through heddle chaos", () => {
  it("sets a fault that the origin then has", async () => {
    expect((await command("aws", "status=503")).code).toBe(0);
    expect((await fetch(origins[0]!.url)).status).toBe(503);
    expect(changes).toBeGreaterThan(0);
    expect((await command("aws", "heal")).text).toMatch(/aws +well/);
    expect((await fetch(origins[0]!.url)).status).toBe(200);
  });

  it("lists origins, and sets all of them at once", async () => {
    expect((await command("all", "latency=5ms", "error-rate=50%")).code).toBe(0);
    const { text } = await command();
    expect(text).toMatch(/aws +latency=5ms error-rate=50% +http/);
    expect(text).toMatch(/gcp +latency=5ms error-rate=50% +http/);
    await command("all", "clear");
  });

  it("answers JSON when asked to", async () => {
    const { text } = await command("--json");
    expect(JSON.parse(text)).toMatchObject([
      { name: "aws", fault: "well", isFaulty: false },
      { name: "gcp", fault: "well", isFaulty: false },
    ]);
  });

  it.each([
    [["asw", "hang"], 1, 'there is no origin "asw"', "did you mean aws?"],
    [["zzzz", "hang"], 1, 'there is no origin "zzzz"', "origins are aws, gcp"],
    [["aws", "hnag"], 2, '"hnag" is not a fault', "latency=300ms"],
    [["aws"], 2, "what should be wrong with aws?", "--help"],
  ])("refuses %j with exit code %i", async (words, code, message, fix) => {
    const said = await command(...words);
    expect(said.code).toBe(code);
    expect(said.text).toContain(message);
    expect(said.text).toContain(fix);
  });

  it("says when no demo answers", async () => {
    const closed = await startControlServer([], () => {});
    closed.close();
    const terminal = testTerminal();
    expect(await run(["chaos", "--switchboard", closed.url], terminal)).toBe(1);
    expect(terminal.errors.join("\n")).toContain(`no demo answers at ${closed.url}`);
  });

  it("takes nothing that a web page of another site can send unasked", async () => {
    const answer = await fetch(`${control.url}/origins/aws/fault`, {
      method: "PUT",
      headers: { "content-type": "text/plain" },
      body: '{"fault":["hang"]}',
    });
    expect(answer.status).toBe(415);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    expect(origins[0]!.isFaulty()).toBe(false);
  });

  it.each(["{", "{}", '{"fault":"hang"}', '{"fault":[]}', '{"fault":[1]}', " ".repeat(20_000)])(
    "refuses the body %j",
    async (body) => {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${control.url}/origins/aws/fault`, { method: "PUT", headers, body });
      expect(answer.status).toBe(400);
    },
  );
});
