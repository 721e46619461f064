/** The OpenAPI document as a page: HTML and a style, no script, nothing from elsewhere. */
import type { Document } from "./document.ts";

const STYLE = `:root{color-scheme:light dark;--soft:color-mix(in srgb,currentColor 12%,transparent)}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.6rem}h2{margin-top:2.5rem;border-bottom:1px solid var(--soft)}
details{border:1px solid var(--soft);border-radius:.5rem;margin:.5rem 0;padding:.5rem .75rem}
summary{cursor:pointer}code,pre{font:.875rem/1.4 ui-monospace,monospace}
pre{background:var(--soft);padding:.75rem;border-radius:.5rem;overflow:auto;max-height:24rem}
.method{display:inline-block;min-width:4.5rem;font-weight:700}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--soft)}`;

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: unknown }>> };
  readonly responses?: Readonly<Record<string, { readonly description?: string; readonly content?: object }>>;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: unknown;
}

/** The page and what its Content-Security-Policy has to be. */
export async function referencePage(document: Document): Promise<{ readonly html: string; readonly policy: string }> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(STYLE)));
  const hash = btoa(String.fromCharCode(...digest));
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;
  const { title, description = "" } = document.info;
  const sections = (document.tags ?? []).map(({ name, description: text = "" }) => section(document, name, text));
  const schemas = Object.entries(document.components?.schemas ?? {}).map(
    ([name, schema]) =>
      `<details id="${escaped(name)}"><summary><code>${escaped(name)}</code></summary>${code(schema)}</details>`,
  );
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><style>${STYLE}</style></head><body><h1>${escaped(title)}</h1>
${description
  .split("\n\n")
  .map((paragraph) => `<p>${escaped(paragraph)}</p>`)
  .join("")}
<p><a href="/openapi.json">The document as JSON</a></p>${sections.join("")}<h2>Shapes</h2>${schemas.join("")}</body></html>`;
  return { html, policy };
}

function section(document: Document, tag: string, text: string): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>)
      .filter(([, { tags }]) => tags?.includes(tag) === true)
      .map(([method, operation]) => operationOf(method, path, operation)),
  );
  return operations.length === 0 ? "" : `<h2>${escaped(text)}</h2>${operations.join("")}`;
}

function operationOf(method: string, path: string, operation: Operation): string {
  const { summary = "", description, parameters = [], requestBody, responses = {} } = operation;
  const bodies = Object.entries(requestBody?.content ?? {}).map(
    ([type, { schema }]) => `<h4>Body, ${escaped(type)}</h4>${code(schema ?? {})}`,
  );
  const answers = Object.entries(responses).map(
    ([status, { description: text = "", content = {} }]) =>
      `<tr><td>${escaped(status)}</td><td>${escaped(text)}</td><td><code>${escaped(Object.keys(content).join(", "))}</code></td></tr>`,
  );
  return `<details><summary><code class="method">${method.toUpperCase()}</code> <code>${escaped(path)}</code> ${escaped(summary)}</summary>
${description === undefined ? "" : `<p>${escaped(description)}</p>`}${parametersOf(parameters)}${bodies.join("")}
<h4>Answers</h4><table>${answers.join("")}</table></details>`;
}

function parametersOf(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return "";
  const rows = parameters.map(
    ({ name, in: place, required, description = "", schema }) =>
      `<tr><td><code>${escaped(name)}</code></td><td>${escaped(place)}${required === true ? ", required" : ""}</td><td>${escaped(description)} <code>${escaped(JSON.stringify(schema))}</code></td></tr>`,
  );
  return `<h4>Parameters</h4><table>${rows.join("")}</table>`;
}

function code(value: unknown): string {
  return `<pre>${escaped(JSON.stringify(value, null, 2))}</pre>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
