/** The path under which `startEdge` asks whether a Worker runs. */
const PREFIX = "/.heddle/";

/** The answer to a question about readiness; null for any other request. As cheap as it can be: it runs on every request. */
export function ready(url: string): Response | null {
  return url.startsWith(PREFIX, url.indexOf("/", 8)) ? new Response("ready") : null;
}
