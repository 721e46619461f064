import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One call of Cloudflare's API, as it arrived. */
export interface ApiCall {
  readonly method: string;
  readonly path: string;
  /** The metadata of an upload: bindings, exports, main module. */
  readonly metadata: ApiMetadata | null;
}

export interface ApiMetadata {
  readonly main_module: string;
  readonly bindings: readonly { readonly type: string; readonly name: string; readonly script_name?: string }[];
}

/** A server that answers Wrangler as Cloudflare's API does when Workers are uploaded for the first time. */
export interface CloudflareApi {
  readonly calls: readonly ApiCall[];
  /** Environment for a Wrangler that is to talk to it, with credentials of nobody. */
  readonly env: NodeJS.ProcessEnv;
  /** Scripts whose upload is refused: name → the error. */
  readonly refuse: Map<string, { readonly status: number; readonly code: number; readonly message: string }>;
  /** Secrets of each script. */
  readonly secrets: Map<string, readonly string[]>;
  close(): Promise<void>;
}

type Answer = readonly [status: number, body: unknown];

export async function startCloudflareApi(): Promise<CloudflareApi> {
  const calls: ApiCall[] = [];
  const refuse: CloudflareApi["refuse"] = new Map();
  const secrets: CloudflareApi["secrets"] = new Map();
  const server = createServer((request, response) => {
    void answerTo(request, calls, refuse, secrets).then((answer) => send(response, answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    calls,
    refuse,
    secrets,
    env: {
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}/client/v4`,
      CLOUDFLARE_API_TOKEN: "of-nobody",
      CLOUDFLARE_ACCOUNT_ID: "account",
      WRANGLER_SEND_METRICS: "false",
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answerTo(
  request: IncomingMessage,
  calls: ApiCall[],
  refuse: CloudflareApi["refuse"],
  secrets: CloudflareApi["secrets"],
): Promise<Answer> {
  const { method = "", url = "" } = request;
  const path = new URL(url, "http://api").pathname.replace("/client/v4/accounts/account", "");
  const body = await textOf(request);
  const isUpload = method === "PUT" && /^\/workers\/scripts\/[^/]+$/.test(path);
  calls.push({ method, path, metadata: isUpload ? metadataOf(body) : null });
  const script = /^\/workers\/(?:scripts|services|workers)\/([^/]+)/.exec(path)?.[1] ?? "";
  if (isUpload) {
    const refused = refuse.get(script);
    if (refused !== undefined) return failure(refused.status, refused.code, refused.message);
    return success({ id: script, startup_time_ms: 3, deployment_id: `version-of-${script}`, entry_point: "main.js" });
  }
  if (path === "/workers/subdomain") return success({ subdomain: "acme" });
  // It has all files already.
  if (path.endsWith("/assets-upload-session")) return success({ jwt: "of-nobody", buckets: [] });
  if (path.endsWith("/schedules")) return success({ schedules: [] });
  if (path.endsWith("/secrets")) {
    return success((secrets.get(script) ?? []).map((name) => ({ name, type: "secret_text" })));
  }
  if (path.endsWith("/domains/changeset")) {
    return success({ added: [], removed: [], updated: [], conflicting: [] });
  }
  if (path.endsWith("/domains/records")) return success(null);
  if (path.endsWith("/subdomain")) return success({ enabled: true, previews_enabled: false });
  if (path.startsWith("/workers/workers/")) {
    return success({ id: script, name: script, subdomain: { enabled: true, previews_enabled: false } });
  }
  return failure(404, 10007, "This Worker does not exist on your account.");
}

/** The part of a multipart upload that describes the script. */
function metadataOf(body: string): ApiMetadata | null {
  const json = /name="metadata"[\s\S]*?\r\n\r\n(\{[^\r]*\})\r\n/.exec(body)?.[1];
  return json === undefined ? null : (JSON.parse(json) as ApiMetadata);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}

function success(result: unknown): Answer {
  return [200, { success: true, errors: [], messages: [], result }];
}

function failure(status: number, code: number, message: string): Answer {
  return [status, { success: false, errors: [{ code, message }], messages: [], result: null }];
}

function send(response: ServerResponse, [status, body]: Answer): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
