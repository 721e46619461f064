/**
 * A closed loop of connections that ask as fast as they are answered: wrk where it is installed, else Node's own client
 * (slower, which costs throughput but not the truth of CPU per request).
 */
import { execFile, execFileSync } from "node:child_process";
import { Agent, request } from "node:http";

export interface Load {
  readonly requests: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LoadPlan {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Besides those of a browser. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Headers as a browser's API call has them. */
const HEADERS: Readonly<Record<string, string>> = {
  accept: "application/json",
  "accept-language": "en-GB,en;q=0.9",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
  cookie: "session=0123456789abcdef0123456789abcdef",
  referer: "https://shop.example.com/cart",
};

export const hasWrk = has("wrk");

export function saturate(plan: LoadPlan): Promise<Load> {
  return hasWrk ? withWrk(plan) : withNode(plan);
}

function has(command: string): boolean {
  try {
    execFileSync("which", [command], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function withWrk({ url, connections, seconds, headers: more }: LoadPlan): Promise<Load> {
  const headers = Object.entries({ ...HEADERS, ...more }).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", ...headers, url];
  return new Promise((resolve, reject) => {
    execFile("wrk", args, (error, out) => {
      if (error !== null) return reject(error);
      resolve({
        requests: Number(/(\d+) requests in/.exec(out)?.[1] ?? 0),
        failed: Number(/Non-2xx or 3xx responses: (\d+)/.exec(out)?.[1] ?? 0) + socketErrors(out),
        p50Ms: milliseconds(/50%\s+([\d.]+)(us|ms|s)/.exec(out)),
        p99Ms: milliseconds(/99%\s+([\d.]+)(us|ms|s)/.exec(out)),
      });
    });
  });
}

function socketErrors(out: string): number {
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(out);
  return errors === null ? 0 : errors.slice(1).reduce((sum, value) => sum + Number(value), 0);
}

function milliseconds(match: RegExpExecArray | null): number {
  if (match === null) return Number.NaN;
  const factor = match[2] === "us" ? 0.001 : match[2] === "s" ? 1_000 : 1;
  return Number(match[1]) * factor;
}

async function withNode({ url, connections, seconds, headers: more }: LoadPlan): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const until = performance.now() + seconds * 1_000;
  const latencies: number[] = [];
  let failed = 0;
  const one = () =>
    new Promise<boolean>((resolve) => {
      const asked = request(url, { agent, headers: { ...HEADERS, ...more } }, (answer) => {
        answer.resume();
        answer.on("end", () => resolve((answer.statusCode ?? 500) < 400));
        answer.on("error", () => resolve(false));
      });
      asked.on("error", () => resolve(false));
      asked.end();
    });
  const connection = async () => {
    while (performance.now() < until) {
      const startedAt = performance.now();
      if (!(await one())) failed += 1;
      latencies.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return { requests: latencies.length, failed, p50Ms: at(0.5), p99Ms: at(0.99) };
}
