/** The real kubectl, against a server of ours: what it prints, and how it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubernetesServer } from "./server/start.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Kubectl {
  run(args: readonly string[], stdin?: string): Promise<Ran>;
  /** One that goes on until it is ended: what it has printed so far grows. */
  follow(args: readonly string[]): { readonly lines: readonly string[]; end(): void };
  close(): void;
}

/** The program: KUBECTL says where it is, if it is not on the path. */
const PROGRAM = process.env.KUBECTL ?? "kubectl";

export function kubectlFor(server: KubernetesServer, token = "admin"): Kubectl {
  const home = mkdtempSync(join(tmpdir(), "heddle-kubectl-"));
  const fixed = [
    `--server=${server.url}`,
    `--token=${token}`,
    "--insecure-skip-tls-verify",
    `--cache-dir=${join(home, "cache")}`,
    "--kubeconfig=/dev/null",
  ];
  const started = new Set<ChildProcess>();
  const start = (args: readonly string[]) => {
    // Its environment is empty but for this, so that no cluster of the person's own is ever spoken to.
    const child = spawn(PROGRAM, [...fixed, ...args], { env: { HOME: home, PATH: process.env.PATH ?? "" } });
    started.add(child);
    child.on("close", () => started.delete(child));
    child.on("error", () => started.delete(child));
    return child;
  };
  return {
    run: (args, stdin = "") =>
      new Promise((resolve, reject) => {
        const child = start(args);
        let [stdout, stderr] = ["", ""];
        child.stdout.on("data", (data) => {
          stdout += data;
        });
        child.stderr.on("data", (data) => {
          stderr += data;
        });
        child.on("error", (error: NodeJS.ErrnoException) =>
          reject(error.code === "ENOENT" ? new Error(MISSING) : error),
        );
        child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
        child.stdin.on("error", () => {});
        child.stdin.end(stdin);
      }),
    follow: (args) => {
      const child = start(args);
      const lines: string[] = [];
      let rest = "";
      child.stdout.on("data", (data) => {
        const parts = `${rest}${data}`.split("\n");
        rest = parts.pop()!;
        lines.push(...parts);
      });
      return { lines, end: () => void child.kill() };
    },
    close: () => {
      for (const child of started) child.kill();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const MISSING = `${PROGRAM} is not installed: \`apt-get install kubernetes-client\`, or say with KUBECTL where it is`;
