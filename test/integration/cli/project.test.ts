/** A project as `heddle init` writes it, with the published package in its node_modules: run, checked and deployed. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type CloudflareApi, startCloudflareApi } from "../harness/cloudflare-api.ts";
import { installPacked, runIn } from "../harness/packed.ts";
import { createResources } from "../harness/resources.ts";

// Each run of Wrangler takes seconds, and on a busy machine many.
vi.setConfig({ testTimeout: 180_000 });

const own = createResources();
const ROOT = resolve(import.meta.dirname, "../../..");
const OTHERS = ["zod", "esbuild", "workerd", "wrangler", "typescript", "@cloudflare/workers-types"];
let project: string;
let api: CloudflareApi;

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the project's own heddle. Nothing of this machine's meshes or logins reaches it. */
function heddle(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const { PATH } = process.env;
  const options = {
    cwd: project,
    env: { PATH, HOME: project, WRANGLER_SEND_METRICS: "false", ...env },
    timeout: 90_000,
  };
  return new Promise((done) => {
    const program = join(project, "node_modules/heddle/dist/heddle.js");
    execFile(process.execPath, [program, ...words], options, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

beforeAll(async () => {
  project = await own.folder();
  await installPacked(project, OTHERS);
  api = await startCloudflareApi();
  const words = ["init", "--name", "shop", "--route", "shop.example.com", "--health-path", "/healthz", "--yes"];
  const { code, stdout } = await heddle([...words, "-e", "aws=https://a.example.com", "-e", "gcp=https://b.run.app"]);
  expect([code, stdout]).toEqual([0, expect.stringContaining("wrote  wrangler.control.toml")]);
}, 240_000);
beforeEach(() => {
  api.refuse.clear();
  api.secrets.clear();
  (api.calls as unknown[]).length = 0;
});
afterAll(async () => {
  await api?.close();
  await own.close();
});

const uploads = () => api.calls.filter(({ metadata }) => metadata !== null);

describe("a project that heddle init wrote", () => {
  it("validates", async () => {
    expect(await heddle(["validate"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("1 service, 2 endpoints"),
    });
  });

  it("is kept as it is by another init, unless that is forced", async () => {
    writeFileSync(join(project, "src/edge.ts"), `${readFileSync(join(project, "src/edge.ts"), "utf8")}// mine\n`);
    const words = ["init", "--name", "shop", "-e", "aws=https://c.example.com", "--yes"];
    const { code, stdout, stderr } = await heddle(words);
    expect([code, stdout]).toEqual([0, expect.stringContaining("kept           src/edge.ts")]);
    expect(stderr).toContain("--force replaces");
    expect(readFileSync(join(project, "src/edge.ts"), "utf8")).toContain("// mine");
    expect(readFileSync(join(project, "heddle.yaml"), "utf8")).toContain("a.example.com");
  });

  it("has Worker modules whose types hold", async () => {
    const compilerOptions = {
      target: "es2024",
      lib: ["es2024"],
      module: "esnext",
      moduleResolution: "bundler",
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: ["@cloudflare/workers-types"],
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
    await runIn(project, "tsc", ["-p", "."]);
  });

  it("builds both Workers with wrangler itself", async () => {
    for (const config of ["wrangler.toml", "wrangler.control.toml"]) {
      await runIn(project, "wrangler", ["deploy", "-c", config, "--dry-run", "--outdir", "out"]);
    }
    expect(readFileSync(join(project, "out/control.js"), "utf8")).toContain("AccessControl");
  });
});

describe("heddle deploy", () => {
  it("shows names, bindings and sizes of both Workers, and deploys nothing, with --dry-run", async () => {
    const { code, stdout } = await heddle(["deploy", "--dry-run"], api.env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/shop-edge +edge, wrangler\.toml +\d+(\.\d+)? KiB, \d+(\.\d+)? KiB gzipped/);
    expect(stdout).toMatch(/SERVICE_MONITOR +ServiceMonitor +Durable Object/);
    expect(stdout).toMatch(/shop-control +control, wrangler\.control\.toml/);
    expect(stdout).toMatch(/MESH_CONFIG +MeshConfig, defined in shop-edge +Durable Object/);
    expect(stdout).toMatch(/EDGE +shop-edge +Worker/);
    expect(stdout).toContain("not compared with the one in force");
    expect(api.calls).toEqual([]);
  });

  it("deploys the edge and then the control plane, and says where they are", async () => {
    const { code, stdout } = await heddle(["deploy", "--yes", "--json"], api.env);
    expect(code).toBe(0);
    expect(uploads().map(({ path }) => path)).toEqual(["/workers/scripts/shop-edge", "/workers/scripts/shop-control"]);
    const [edge, control] = uploads();
    expect(edge!.metadata!.bindings.map(({ name }) => name)).toContain("SERVICE_MONITOR");
    expect(control!.metadata!.bindings).toContainEqual(
      expect.objectContaining({ name: "MESH_CONFIG", script_name: "shop-edge" }),
    );
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      dryRun: false,
      config: { kind: "unknown" },
      workers: [{ kind: "edge", name: "shop-edge" }, { kind: "control" }],
      deployed: [
        { name: "shop-edge", versionId: "version-of-shop-edge" },
        { name: "shop-control", urls: ["https://shop-control.acme.workers.dev"] },
      ],
    });
  });

  it("deploys one of them with --only", async () => {
    const { code } = await heddle(["deploy", "--only", "control", "--yes"], api.env);
    expect([code, uploads().map(({ path }) => path)]).toEqual([0, ["/workers/scripts/shop-control"]]);
  });

  it("deploys nothing that nobody agreed to", async () => {
    const { code, stderr } = await heddle(["deploy"], api.env);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--yes")]);
    expect(api.calls).toEqual([]);
  });

  it("says what is deployed already when the second one fails, with Wrangler's error and the fix", async () => {
    api.refuse.set("shop-control", { status: 400, code: 10061, message: "Cannot create binding for class MeshConfig" });
    const { code, stdout, stderr } = await heddle(["deploy", "--yes"], api.env);
    expect(code).toBe(1);
    expect(stdout).toContain("deployed shop-edge");
    expect(stderr).toContain("Cannot create binding for class MeshConfig");
    expect(stderr).toContain("shop-edge is deployed already, and stays");
    expect(stderr).toContain("heddle deploy --only edge");
  });

  it("says how to log in", async () => {
    const { code, stderr } = await heddle(["deploy", "--yes"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("→ log in with npx wrangler login")]);
  });

  it("deploys nothing of a config with faults, and nothing that is bound to another edge", async () => {
    const config = readFileSync(join(project, "heddle.yaml"), "utf8");
    writeFileSync(join(project, "heddle.yaml"), config.replace("endpoints:", "endpointz:"));
    const faulty = await heddle(["deploy", "--yes"], api.env);
    writeFileSync(join(project, "heddle.yaml"), config);
    expect([faulty.code, faulty.stderr]).toEqual([1, expect.stringContaining("did you mean endpoints?")]);

    const control = readFileSync(join(project, "wrangler.control.toml"), "utf8");
    writeFileSync(join(project, "other.toml"), control.replaceAll('"shop-edge"', '"other-edge"'));
    const foreign = await heddle(["deploy", "--yes", "--control-config", "other.toml"], api.env);
    expect([foreign.code, foreign.stderr]).toEqual([1, expect.stringContaining('let script_name be "shop-edge"')]);
    expect(api.calls).toEqual([]);
  });

  it("compares with the config in force at the control plane that is named", async () => {
    const edge = await own.edge(readFileSync(join(project, "heddle.yaml"), "utf8"), {
      control: { bindings: { HEDDLE_STORAGE_KEY: "k".repeat(32) } },
    });
    const named = { ...api.env, HEDDLE_CONTROL_URL: edge.controlUrl!, HEDDLE_TOKEN: edge.controlToken! };
    const look = () => heddle(["deploy", "--dry-run", "--only", "control"], named);
    expect((await look()).stdout).toContain("nothing was applied yet");
    expect((await heddle(["apply", "--yes"], named)).code).toBe(0);
    expect((await look()).stdout).toContain("the same as version 1");
    const config = readFileSync(join(project, "heddle.yaml"), "utf8");
    writeFileSync(join(project, "heddle.yaml"), config.replace("/healthz", "/ready"));
    const { code, stdout } = await look();
    writeFileSync(join(project, "heddle.yaml"), config);
    expect([code, stdout]).toEqual([0, expect.stringContaining("differs from version 1")]);
    expect(stdout).toContain("service shop");
  });
});

describe("heddle doctor", () => {
  interface Found {
    readonly id: string;
    readonly state: string;
    readonly says: string;
    readonly fix: string;
  }
  const doctor = async (words: readonly string[] = [], env: NodeJS.ProcessEnv = {}) => {
    const { code, stdout, stderr } = await heddle(["doctor", "--json", ...words], env);
    expect(stderr).toBe("");
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Found[] };
    expect(ok).toBe(code === 0);
    return { code, by: new Map(checks.map((check) => [check.id, check])) };
  };

  it("finds nothing broken in a project that init wrote, and starts both Workers", async () => {
    const { code, by } = await doctor();
    expect(code).toBe(0);
    const wanted = ["node", "package", "wrangler", "config", "edge-worker", "control-worker", "workerd"];
    for (const id of wanted) expect(by.get(id), id).toMatchObject({ state: "ok" });
    for (const id of ["edge-secrets", "control-secrets", "control"]) expect(by.get(id)?.state, id).toBe("unknown");
  });

  it("says which secrets a deployed Worker lacks, by their names", async () => {
    api.secrets.set("shop-edge", [
      "HEDDLE_SESSION_KEY",
      "HEDDLE_STORAGE_KEY",
      "HEDDLE_OPERATOR_TOKEN",
      "HEDDLE_DEBUG_TOKEN",
    ]);
    api.secrets.set("shop-control", ["HEDDLE_OPERATOR_TOKEN"]);
    const { code, by } = await doctor([], api.env);
    expect([code, by.get("edge-secrets")?.state]).toEqual([1, "ok"]);
    expect(by.get("control-secrets")).toMatchObject({
      state: "broken",
      says: expect.stringContaining("lacks HEDDLE_BOOTSTRAP_TOKEN"),
      fix: "npx wrangler secret put HEDDLE_BOOTSTRAP_TOKEN -c wrangler.control.toml",
    });
  });

  it("says what is wrong with a config and with bindings", async () => {
    writeFileSync(join(project, "bad.yaml"), "services: 1");
    const toml = readFileSync(join(project, "wrangler.toml"), "utf8");
    writeFileSync(join(project, "bad.toml"), toml.replace('class_name = "Rollout"', 'class_name = "Other"'));
    writeFileSync(join(project, "stale.toml"), toml.replace("[exports.Rollout]", "[exports.Other]"));
    const bad = await doctor(["--config", "bad.yaml", "--edge-config", "bad.toml"]);
    expect([bad.code, bad.by.get("config")]).toEqual([1, expect.objectContaining({ fix: "heddle validate bad.yaml" })]);
    expect(bad.by.get("edge-worker")).toMatchObject({
      state: "broken",
      says: expect.stringContaining("ROLLOUT (Rollout)"),
    });
    const stale = await doctor(["--edge-config", "stale.toml"]);
    expect(stale.by.get("edge-worker")?.says).toContain("no storage for Rollout");
  });

  it("looks at a mesh that runs: its token, clock, edge, and what is in force", async () => {
    const edge = await own.edge(readFileSync(join(project, "heddle.yaml"), "utf8"), {
      control: { bindings: { HEDDLE_STORAGE_KEY: "k".repeat(32) } },
    });
    const add = ["context", "add", "here", "--control", edge.controlUrl!, "--edge", edge.url, "--token"];
    expect((await heddle([...add, edge.controlToken!])).code).toBe(0);
    const well = await doctor(["--context", "here"]);
    expect(well.code).toBe(0);
    for (const id of ["control", "clock", "token", "edge", "drift"])
      expect(well.by.get(id), id).toMatchObject({ state: "ok" });

    expect((await heddle(["apply", "--yes", "--context", "here"])).code).toBe(0);
    const config = readFileSync(join(project, "heddle.yaml"), "utf8");
    writeFileSync(join(project, "heddle.yaml"), config.replace("/healthz", "/ready"));
    const drifted = await doctor(["--context", "here"]);
    writeFileSync(join(project, "heddle.yaml"), config);
    expect([drifted.code, drifted.by.get("drift")?.state]).toEqual([0, "warning"]);

    const denied = await doctor(["--control", edge.controlUrl!, "--token", "hdl_none_none"]);
    expect([denied.code, denied.by.get("token")?.state]).toEqual([1, "broken"]);
    await edge.stop();
    const gone = await doctor(["--context", "here"]);
    expect([gone.code, gone.by.get("control")?.state]).toEqual([1, "broken"]);
  });

  it("is readable for people", async () => {
    const { stdout } = await heddle(["doctor"], { HEDDLE_CONFIG_DIR: join(project, "no-contexts") });
    expect(stdout).toMatch(/^ok {6}node: Node\.js/m);
    expect(stdout).toMatch(/\d+ well, 0 to look at, 0 broken/);
  });
});

it("is what the package's own version says", async () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
  expect((await heddle(["--version"])).stdout.trim()).toBe(version);
});
