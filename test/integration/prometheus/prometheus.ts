/** The real Prometheus and promtool, as Debian has them. PROMETHEUS and PROMTOOL say where they are, if not on the path. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PROMETHEUS = process.env.PROMETHEUS ?? "prometheus";
const PROMTOOL = process.env.PROMTOOL ?? "promtool";
const START_MS = 60_000;

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus {
  /** What an instant query gives now. Throws Prometheus' own words when it refuses it. */
  query(expr: string): Promise<readonly Series[]>;
  /** Anything of its API below /api/v1. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there
  get(path: string): Promise<any>;
  stop(): Promise<void>;
}

export interface PromtoolRun {
  readonly code: number;
  readonly output: string;
}

/** Starts it with this configuration, as JSON, which is YAML too. */
export async function startPrometheus(config: object): Promise<Prometheus> {
  const home = mkdtempSync(join(tmpdir(), "heddle-prometheus-"));
  const path = join(home, "prometheus.yml");
  writeFileSync(path, JSON.stringify(config));
  const port = await freePort();
  const child = spawn(
    PROMETHEUS,
    [
      `--config.file=${path}`,
      `--storage.tsdb.path=${join(home, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  child.stderr.on("data", (data) => {
    said = (said + data).slice(-4_000);
  });
  const gone = ended(child);
  const url = `http://127.0.0.1:${port}`;
  const get: Prometheus["get"] = async (below) => {
    const answer = await fetch(`${url}/api/v1${below}`);
    const { status, data, error } = (await answer.json()) as { status: string; data: unknown; error?: string };
    if (status !== "success") throw new Error(`${below}: ${error}`);
    return data;
  };
  const stop = async () => {
    child.kill("SIGTERM");
    await gone;
    rmSync(home, { recursive: true, force: true });
  };
  const untilMs = Date.now() + START_MS;
  for (;;) {
    if (await isReady(url)) break;
    if (child.exitCode !== null || Date.now() > untilMs) {
      await stop();
      throw new Error(`prometheus did not start: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    get,
    async query(expr) {
      const { result } = await get(`/query?query=${encodeURIComponent(expr)}`);
      return result.map(({ metric, value }: { metric: Series["metric"]; value: [number, string] }) => ({
        metric,
        value: Number(value[1].replace("Inf", "Infinity")),
      }));
    },
    stop,
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false;
  }
}

/** Runs promtool to its end. */
export async function promtool(args: readonly string[], input = ""): Promise<PromtoolRun> {
  const child = spawn(PROMTOOL, args);
  let output = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  child.stderr.on("data", (data) => {
    output += data;
  });
  child.stdin.end(input);
  return { code: await ended(child), output };
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? -1));
  });
}

/** A port that nobody has now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
