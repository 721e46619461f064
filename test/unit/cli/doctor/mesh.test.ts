import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { readArguments } from "../../../../src/cli/arguments.ts";
import { COMMANDS } from "../../../../src/cli/commands.ts";
import { checkClock, checkMesh } from "../../../../src/cli/doctor/mesh.ts";

const spec = COMMANDS.find(({ name }) => name === "doctor")!;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Something that answers every request so. */
async function answering(status: number, body: string, headers: Record<string, string> = {}): Promise<string> {
  const server = createServer((_, response) => void response.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const nobody = { HEDDLE_CONFIG_DIR: "/nonexistent" };
const look = async (control: string) =>
  (await checkMesh(readArguments(spec, ["--control", control]), nobody, null)).checks;

describe("checkClock", () => {
  it.each([
    [0, "ok"],
    [-4_000, "ok"],
    [6_000, "warning"],
    [-3_600_000, "warning"],
    [301_000, "broken"],
  ])("takes %d ms of difference to be %s", (skewMs, state) => {
    expect(checkClock(skewMs).state).toBe(state);
  });

  it("says which clock is ahead", () => {
    expect(checkClock(61_000).says).toContain("61 s ahead of");
    expect(checkClock(-61_000).says).toContain("61 s behind");
  });
});

describe("checkMesh", () => {
  it("takes it to be no fault that no mesh is chosen", async () => {
    const { checks } = await checkMesh(readArguments(spec, []), nobody, null);
    expect(checks).toMatchObject([{ id: "control", state: "unknown" }]);
  });

  it("says that nobody answers, and that what answers is no control plane", async () => {
    const gone = await answering(200, "{}");
    for (const close of closing.splice(0)) close();
    expect(await look(gone)).toMatchObject([
      { id: "control", state: "broken", says: expect.stringContaining("ECONNREFUSED") },
    ]);
    expect(await look(await answering(404, "no"))).toMatchObject([
      { state: "broken", says: expect.stringContaining("404") },
    ]);
  });

  it("reads the difference of the clocks from an answer's Date", async () => {
    const hourAgo = new Date(Date.now() - 3_600_000).toUTCString();
    const checks = await look(await answering(200, "{}", { date: hourAgo }));
    expect(checks).toMatchObject([{ id: "control", state: "ok" }, { id: "clock", state: "broken" }, { id: "token" }]);
    const now = await look(await answering(200, "{}"));
    expect(now[1]).toMatchObject({ id: "clock", state: "ok" });
  });

  it("says when the control plane is of another release, and when its token may do little", async () => {
    const whoami = { name: "ci", via: "token", scopes: ["read"], services: null, expiresAtMs: null, heddle: "99.0.0" };
    const control = await answering(
      200,
      JSON.stringify({ ...whoami, version: null, bundled: { digest: "a".repeat(16) } }),
    );
    const { checks } = await checkMesh(readArguments(spec, ["--control", control, "--token", "hdl_a_b"]), nobody, null);
    expect(checks[2]).toMatchObject({ id: "token", state: "warning", fix: "heddle deploy --only control" });
    expect(checks[2]?.says).toContain("token ci may read");
    expect(checks[2]?.says).toContain("the control plane runs heddle 99.0.0");
  });

  it("says what the edge lacks, as its isolate does", async () => {
    const whoami = { name: "ci", via: "token", scopes: ["read"], services: null, expiresAtMs: null };
    const answers = { ...whoami, version: null, bundled: { digest: "a".repeat(16) } };
    const args = (control: string) => readArguments(spec, ["--control", control, "--token", "hdl_a_b"]);
    const lacking = await answering(200, JSON.stringify({ ...answers, problems: ["the secret KEY is absent"] }));
    const { checks } = await checkMesh(args(lacking), nobody, null);
    expect(checks.find(({ id }) => id === "isolate")).toMatchObject({
      state: "warning",
      says: "the secret KEY is absent",
      fix: expect.stringContaining("wrangler secret put"),
    });
    const well = await checkMesh(args(await answering(200, JSON.stringify(answers))), nobody, null);
    expect(well.checks.some(({ id }) => id === "isolate")).toBe(false);
  });

  it("asks for a token where there is none", async () => {
    expect((await look(await answering(200, "{}")))[2]).toMatchObject({ id: "token", state: "warning" });
  });
});
