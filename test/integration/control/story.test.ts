/** A change of the mesh from its first token to its history, with the real command against both Workers on workerd. */
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import { type ControlledEdge, startEdge } from "../../../src/cli/workerd/start-edge.ts";
import { type CliExit, endAllCli, startCli } from "../cli-process.ts";
import { ask } from "../harness/ask.ts";
import { meshOf } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";

const own = createResources();
afterAll(async () => {
  await endAllCli();
  await own.close();
});

let edge: ControlledEdge;
let aws: Origin;
let gcp: Origin;
let folder: string;

/** `weight`: of aws, beside 1 for gcp. */
const configOf = (weight: number, more = "") => `
services:
  shop:
    endpoints:
      - { id: aws, url: "${aws.url}", weight: ${weight}, locality: { cloud: aws, region: us-east-1 } }
      - { id: gcp, url: "${gcp.url}", locality: { cloud: gcp, region: europe-west1 } }
${more}
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]
`;

beforeAll(async () => {
  aws = await own.origin("aws");
  gcp = await own.origin("gcp");
  folder = await own.folder();
  edge = await startEdge({
    mesh: await meshOf(configOf(1)),
    region: "weur",
    control: { bindings: { HEDDLE_ALLOW_ENDPOINTS: "http loopback" } },
  });
  mkdirSync(join(folder, "config"));
});
afterAll(() => edge?.stop());

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

/** Runs the command with contexts of its own; none of ours reach it. */
function heddle(...args: string[]): Promise<CliExit> {
  return startCli(args, folder, { HEDDLE_CONFIG_DIR: join(folder, "config") }).exited;
}

async function json<T>(...args: string[]): Promise<T & { readonly code: number | null }> {
  const { stdout, stderr, code } = await heddle(...args, "--json");
  if (stdout === "") throw new Error(`heddle ${args.join(" ")} printed nothing: ${stderr}`);
  return { ...(JSON.parse(stdout) as T), code };
}

describe("the story of a change", () => {
  it("begins with a token made by the bootstrap token, kept in a context", async () => {
    const bootstrap = ["--control", edge.controlUrl, "--token", edge.controlToken];
    const refused = await heddle("token", "create", "ci", "--control", edge.controlUrl, "--token", "hdl_wrong");
    expect(refused.code).toBe(4);
    const created = await heddle("token", "create", "ci", "--scope", "admin", "--expires", "1h", ...bootstrap);
    expect(created.code).toBe(0);
    const token = created.stdout.trim();
    expect(token).toMatch(/^hdl_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    expect(created.stderr).toContain("It is shown this once");
    writeFileSync(join(folder, "token"), token);
    chmodSync(join(folder, "token"), 0o600);
    const added = await heddle("context", "add", "test", "--control", edge.controlUrl, "--token-file", "token");
    expect(added.code).toBe(0);
    const file = join(folder, "config/contexts.json");
    expect(readFileSync(file, "utf8")).not.toContain(token);
    expect(statSync(file).mode & 0o077).toBe(0);
    const shown = await json<{ who: { name: string; scopes: string[] } }>("context", "show");
    expect(shown.who).toMatchObject({ name: expect.stringContaining("ci"), scopes: ["admin"] });
  });

  it("goes on with a first version, once somebody agrees", async () => {
    write("mesh.yaml", configOf(2));
    const asked = await heddle("apply", "mesh.yaml");
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain("say so with --yes");
    expect((await json<{ items: unknown[] }>("history")).items).toEqual([]);
    const applied = await heddle("apply", "mesh.yaml", "--yes", "--message", "für den Anfang");
    expect(applied.code, applied.stderr).toBe(0);
    expect(applied.stdout).toContain("applied as version 1");
    expect((await ask(edge, "/")).status).toBe(200);
  });

  it("says what a config would change, as diff does: by its exit code", async () => {
    const same = await heddle("diff", "mesh.yaml");
    expect([same.code, same.stdout]).toEqual([0, "no difference\n"]);
    write("next.yaml", configOf(5));
    const other = await heddle("diff", "next.yaml");
    expect(other.code).toBe(1);
    expect(other.stdout).toContain("shop/aws");
    expect(other.stdout).toMatch(/weight: 2 → 5/);
    const dry = await json<{ dryRun: boolean; base: number }>("apply", "next.yaml", "--dry-run");
    expect(dry).toMatchObject({ code: 0, dryRun: true, base: 1 });
    expect((await json<{ current: number }>("history")).current).toBe(1);
  });

  it("refuses a config with faults before anything is sent, with their lines", async () => {
    write("bad.yaml", configOf(5).replace("backendRefs", "backendRef"));
    const bad = await heddle("apply", "bad.yaml", "--yes");
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(/bad\.yaml:8:\d+ .*did you mean backendRefs\?/);
  });

  it("lets one of two writers win, and shows the other what was changed", async () => {
    const won = await json<{ version: { version: number } }>("apply", "next.yaml", "--yes", "--base", "1", "--wait");
    expect(won).toMatchObject({ code: 0, version: { version: 2 } });
    write("late.yaml", configOf(9));
    const late = await heddle("apply", "late.yaml", "--yes", "--base", "1");
    expect(late.code).toBe(1);
    expect(late.stderr).toContain("it is based on version 1, and another one is in force");
    expect(late.stderr).toMatch(/weight: 2 → 5/);
    const machine = await json<{ error: string; current: { version: number } }>(
      "apply",
      "late.yaml",
      "--yes",
      "--base",
      "1",
    );
    expect(machine).toMatchObject({ code: 1, error: "stale", current: { version: 2 } });
    expect((await json<{ current: number }>("history")).current).toBe(2);
  });

  it("goes back, as a new version", async () => {
    const back = await heddle("rollback", "--yes", "--message", "too much for aws");
    expect(back.code, back.stderr).toBe(0);
    expect(back.stdout).toContain("rolled back to version 1, as version 3");
    const again = await heddle("diff", "mesh.yaml");
    expect(again.code).toBe(0);
    const gone = await heddle("rollback", "77", "--yes");
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining("version 77 is not kept")]);
  });

  it("drains an endpoint everywhere, and takes that back", async () => {
    expect((await ask(edge, "/")).status).toBe(200);
    const drained = await heddle("drain", "shop", "aws", "--for", "10m", "--reason", "a new kernel", "--wait");
    expect(drained.code, drained.stderr).toBe(0);
    expect(drained.stdout).toContain("drain shop aws, for 10m");
    // Isolates hear of it with their next sync, which requests bring about.
    await vi.waitFor(
      async () => {
        const hits = await Promise.all(Array.from({ length: 20 }, () => ask(edge, "/")));
        expect(hits.map(({ headers }) => headers["x-heddle-endpoint"])).toEqual(hits.map(() => "gcp"));
      },
      { timeout: 60_000, interval: 200 },
    );
    const listed = await json<{ items: { action: string; reason: string; by: string }[] }>("override", "list");
    expect(listed.items).toMatchObject([{ service: "shop", action: "drain", reason: "a new kernel" }]);
    const all = await heddle("override", "shop", "cloud:gcp", "disable");
    expect([all.code, all.stderr]).toEqual([1, expect.stringContaining("say --force")]);
    expect((await heddle("undrain", "shop", "gcp")).code).toBe(1);
    const undrained = await heddle("undrain", "shop", "aws");
    expect([undrained.code, undrained.stdout]).toEqual([0, "cleared drain shop aws\n"]);
    expect((await json<{ items: unknown[] }>("override", "list", "shop")).items).toEqual([]);
  });

  it("shows the mesh as it is", async () => {
    await vi.waitFor(
      async () => {
        // What nobody asks for is not known of for long.
        await ask(edge, "/");
        const status = await heddle("status");
        expect(status.code, status.stderr).toBe(0);
        expect(status.stdout).toMatch(/version 3 .*too much for aws/);
        expect(status.stdout).toMatch(/shop +healthy +2\/2/);
        expect(status.stdout).not.toContain("\u001b");
      },
      { timeout: 60_000, interval: 500 },
    );
    const one = await json<{ service: { endpoints: { id: string }[] } }>("status", "shop");
    expect(one.service.endpoints.map(({ id }) => id)).toEqual(["aws", "gcp"]);
    const typo = await heddle("status", "shpo");
    expect([typo.code, typo.stderr]).toEqual([1, expect.stringContaining("did you mean shop?")]);
    const top = await heddle("top");
    expect(top.stdout).toMatch(/shop\/aws +\w+ +closed/);
    const explained = await heddle("explain", "https://shop.example.com/");
    expect(explained.stdout).toMatch(/service shop .*policy/);
  });

  it("tells what happened, and who did it", async () => {
    const events = await heddle("events", "--service", "shop", "--since", "10m");
    expect(events.stdout).toMatch(/shop\/aws.*drain/);
    const audit = await json<{ items: { action: string; actor: string }[] }>("events", "--audit");
    expect(audit.items.map(({ action }) => action)).toEqual([
      "token.create",
      "config.apply",
      "config.apply",
      "config.rollback",
      "override.drain",
      "override.clear",
    ]);
    expect(audit.items[1]!.actor).toContain("ci");
    const history = await json<{ items: { version: number; kind: string; message: string }[] }>("history");
    expect(history.items).toMatchObject([
      { version: 3, kind: "rollback", of: 1, message: "too much for aws" },
      { version: 2, kind: "apply" },
      { version: 1, kind: "apply", message: "für den Anfang" },
    ]);
  });

  it("ends with 4 for a token without the scope, and for one that was revoked", async () => {
    const made = await heddle("token", "create", "eyes", "--scope", "read");
    const withToken = ["--control", edge.controlUrl, "--token", made.stdout.trim()];
    expect((await heddle("status", ...withToken)).code).toBe(0);
    expect((await heddle("diff", "next.yaml", ...withToken)).code).toBe(1);
    const denied = await heddle("drain", "shop", "aws", ...withToken);
    expect([denied.code, denied.stderr]).toEqual([4, expect.stringContaining("scope operate")]);
    expect((await heddle("token", "revoke", "eyes")).code).toBe(0);
    expect((await heddle("history", ...withToken)).code).toBe(4);
  });

  it("ends with 3 where no control plane is, and never sends a token over plain http to another machine", async () => {
    const away = await json<{ error: string }>("status", "--control", "http://127.0.0.1:1", "--token", "x");
    expect(away).toMatchObject({ code: 3, ok: false, error: "unreachable" });
    const open = await heddle("status", "--control", "http://192.0.2.1", "--token", "x");
    expect([open.code, open.stderr]).toEqual([2, expect.stringContaining("http would show the token")]);
  });
});
