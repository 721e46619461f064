/** The demo as its users run it, and what they are told of it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LocalMesh } from "../../src/cli/context/local-mesh.ts";
import { startCli } from "../integration/cli-process.ts";

export interface Demo {
  /** With its token, as it was printed. */
  readonly dashboard: string;
  readonly control: string;
  readonly edge: string;
  readonly token: string;
  /** An operation of the admin API, with everything allowed. Throws when it is refused. */
  api<T>(path: string, init?: RequestInit): Promise<T>;
  stop(): Promise<void>;
}

/** - `rps`: 0 sends nothing. */
export async function startDemo(rps: number): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), "heddle-browser-"));
  const traffic = rps === 0 ? ["--no-traffic"] : ["--rps", `${rps}`];
  const cli = startCli(["demo", "--port", "0", "--control-port", "0", ...traffic], folder);
  const dashboard = /http\S+/.exec(await cli.line(/^dashboard/))![0];
  const { control, edge, token } = JSON.parse(readFileSync(join(folder, ".heddle/local.json"), "utf8")) as LocalMesh;
  return {
    dashboard,
    control,
    edge,
    token,
    async api<T>(path: string, init: RequestInit = {}) {
      const headers = { authorization: `Bearer ${token}`, ...init.headers };
      const answer = await fetch(`${control}${path}`, { ...init, headers });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${init.method ?? "GET"} ${path} answered ${answer.status}: ${text}`);
      return (text === "" ? null : JSON.parse(text)) as T;
    },
    async stop() {
      await cli.end("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A token of the demo with these rights only. */
export async function tokenFor(demo: Demo, scope: string, services: readonly string[] | null = null): Promise<string> {
  const json = { name: `${scope} only`, scopes: [scope], services, expiresIn: "1h" };
  const body = JSON.stringify(services === null ? { ...json, services: undefined } : json);
  const made = await demo.api<Record<string, unknown>>("/v1/tokens", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  return String(made.token);
}
