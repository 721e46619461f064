/**
 * Static assets of a local control plane, as the platform serves them: files of a folder with their content type, with what
 * `_headers` says of them, `index.html` for a folder, and 404 for what is not there. workerd's disk service below knows no
 * types. The default export is the ASSETS binding; `front` stands before the Worker and hands on what is not a file, or
 * what the Worker is to answer first.
 */
import { headersFor, parseHeaderRules } from "./header-rules.ts";

interface Service {
  fetch(request: Request | string, init?: RequestInit): Promise<Response>;
}

interface AssetsEnvironment {
  /** workerd's disk service: a file's bytes, a folder's listing as JSON. */
  readonly DISK: Service;
  /** The Worker that has these assets. */
  readonly WORKER: Service;
  /** Patterns of paths, as JSON. */
  readonly RUN_WORKER_FIRST: string;
  /** Where the demo's origins are told to fail, and who may. */
  readonly DEMO_SWITCHBOARD?: string;
  readonly DEMO_TOKEN?: string;
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  map: "application/json",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  webp: "image/webp",
  woff2: "font/woff2",
  txt: "text/plain; charset=utf-8",
};

const DEMO = "/demo/";
/** It speaks to the platform, not to callers. */
const HEADERS_FILE = "/_headers";

export default {
  async fetch(request: Request, env: AssetsEnvironment): Promise<Response> {
    if (request.method !== "GET" && request.method !== "HEAD") return new Response(null, { status: 405 });
    return (await assetFor(request, env)) ?? new Response("not found\n", { status: 404 });
  },
};

export const front = {
  async fetch(request: Request, env: AssetsEnvironment): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (env.DEMO_SWITCHBOARD !== undefined && pathname.startsWith(DEMO)) return demo(request, pathname, env);
    const isRead = request.method === "GET" || request.method === "HEAD";
    const first = JSON.parse(env.RUN_WORKER_FIRST) as readonly string[];
    const file = isRead && !first.some((pattern) => matches(pattern, pathname)) ? await assetFor(request, env) : null;
    return file ?? env.WORKER.fetch(request);
  },
};

/** Null: there is no such file. */
async function assetFor(request: Request, { DISK }: AssetsEnvironment): Promise<Response | null> {
  const { pathname } = new URL(request.url);
  const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
  if (path === HEADERS_FILE) return null;
  const file = await DISK.fetch(`http://disk${path}`, { method: request.method });
  const type = TYPES[/\.(\w+)$/.exec(path)?.[1] ?? ""];
  // A listing is JSON too, but no folder's name ends as a file's does.
  if (!file.ok || (type === undefined && file.headers.get("content-type") === "application/json")) return null;
  const headers = new Headers(file.headers);
  headers.set("content-type", type ?? "application/octet-stream");
  const rules = await DISK.fetch(`http://disk${HEADERS_FILE}`);
  const text = await rules.text();
  if (rules.ok) for (const [name, value] of headersFor(parseHeaderRules(text), pathname)) headers.set(name, value);
  return new Response(file.body, { status: file.status, headers });
}

/** The switchboard, for pages of the same origin that hold the token. */
async function demo(request: Request, pathname: string, env: AssetsEnvironment): Promise<Response> {
  if (request.headers.get("authorization") !== `Bearer ${env.DEMO_TOKEN}`) return new Response(null, { status: 401 });
  const { method } = request;
  const headers = { "content-type": request.headers.get("content-type") ?? "" };
  const url = `${env.DEMO_SWITCHBOARD}/${pathname.slice(DEMO.length)}`;
  const body = method === "PUT" ? { body: await request.text() } : {};
  return fetch(url, { method, headers, ...body });
}

/** `*` at the end of a pattern stands for anything. */
function matches(pattern: string, pathname: string): boolean {
  return pattern.endsWith("*") ? pathname.startsWith(pattern.slice(0, -1)) : pathname === pattern;
}
