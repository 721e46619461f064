/**
 * Static assets of a local control plane, as the platform's ASSETS binding serves them: files of a folder with their
 * content type, `index.html` for a folder, 404 for what is not there. workerd's disk service below it knows no types.
 */

interface AssetsEnvironment {
  /** workerd's disk service: a file's bytes, a folder's listing as JSON. */
  readonly DISK: { fetch(url: string, init: RequestInit): Promise<Response> };
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

export default {
  async fetch(request: Request, { DISK }: AssetsEnvironment): Promise<Response> {
    if (request.method !== "GET" && request.method !== "HEAD") return new Response(null, { status: 405 });
    const { pathname } = new URL(request.url);
    const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    const file = await DISK.fetch(`http://disk${path}`, { method: request.method });
    const type = TYPES[/\.(\w+)$/.exec(path)?.[1] ?? ""];
    // A listing is JSON too, but no folder's name ends as a file's does.
    if (!file.ok || (type === undefined && file.headers.get("content-type") === "application/json")) {
      return new Response("not found\n", { status: 404 });
    }
    const headers = new Headers(file.headers);
    headers.set("content-type", type ?? "application/octet-stream");
    return new Response(file.body, { status: file.status, headers });
  },
};
