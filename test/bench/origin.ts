/** Origins that cost little: nginx with an empty page where it is installed, else Node. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createNetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Origins {
  readonly kind: "nginx" | "node";
  readonly urls: readonly string[];
  /** Root of their processes; null when they are part of this one. */
  readonly pid: number | null;
  close(): Promise<void>;
}

export async function startOrigins(count: number): Promise<Origins> {
  return hasNginx() ? startNginx(count) : startNode(count);
}

function hasNginx(): boolean {
  try {
    execFileSync("nginx", ["-v"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function startNginx(count: number): Promise<Origins> {
  const ports = await freePorts(count);
  const folder = mkdtempSync(join(tmpdir(), "heddle-bench-"));
  const listen = ports.map((port) => `listen 127.0.0.1:${port};`).join(" ");
  const config = `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; client_body_temp_path ${folder};
  server { ${listen} location / { return 200 "hello"; } } }`;
  writeFileSync(join(folder, "nginx.conf"), config);
  const child = spawn("nginx", ["-c", join(folder, "nginx.conf")], { stdio: "ignore" });
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  await untilAnswered(urls[0]!);
  return {
    kind: "nginx",
    urls,
    pid: child.pid ?? null,
    close: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startNode(count: number): Promise<Origins> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer((_request, answer) => answer.end("hello"));
      server.keepAliveTimeout = 600_000;
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  return {
    kind: "node",
    pid: null,
    urls: servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createNetServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function untilAnswered(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      await fetch(url);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`The origin at ${url} did not start`);
}
