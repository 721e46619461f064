/** The admin API as a user has it: an edge and a control plane on a real workerd, and a client that minds the document. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";
import type { ControlledEdge, ControlOptions, EdgeOptions } from "../../../src/cli/workerd/start-edge.ts";
import { startEdge } from "../../../src/cli/workerd/start-edge.ts";
import { meshOf } from "../harness/configs.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there
  readonly json: any;
}

export interface Asking {
  readonly method?: string;
  /** Default: the token that may do everything. Null: none. */
  readonly token?: string | null;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly text?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Api {
  readonly edge: ControlledEdge;
  readonly document: Document;
  ask(path: string, asking?: Asking): Promise<Reply>;
  /** Applies a config on top of what is in force, and gives the number of its version. */
  apply(config: string, headers?: Readonly<Record<string, string>>): Promise<number>;
  /** A token as it is sent. */
  token(scopes: readonly string[], services?: readonly string[] | null, expiresIn?: string): Promise<string>;
  stop(): Promise<void>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}
export interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: unknown }>> };
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: unknown }>> }>
  >;
}

export const ORIGIN = "https://a.example.com";
export const BUNDLED = `
services: { shop: { endpoints: [{ id: a, url: "${ORIGIN}" }] } }
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]
`;

/** Starts both Workers. Every answer of `ask` is held against the OpenAPI document. */
export async function startApi(
  bundled: string = BUNDLED,
  control: ControlOptions = {},
  options: Pick<EdgeOptions, "entry" | "hosts"> = {},
): Promise<Api> {
  const logged: string[] = [];
  const edge = await startEdge({
    ...options,
    mesh: await meshOf(bundled),
    control: { ...control, bindings: { HEDDLE_ALLOW_ENDPOINTS: "", ...control.bindings } },
    onLog: (line) => void logged.push(line),
  });
  const { controlUrl, controlToken } = edge;
  const send = async (path: string, asking: Asking = {}): Promise<Reply> => {
    const { method = "GET", token = controlToken, json, text, type, headers } = asking;
    const answer = await fetch(`${controlUrl}${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(json !== undefined && { "content-type": "application/json" }),
        ...(type !== undefined && { "content-type": type }),
        ...headers,
      },
      ...((json !== undefined || text !== undefined) && { body: text ?? JSON.stringify(json) }),
    });
    const body = await answer.text();
    const isJson = answer.headers.get("content-type")?.includes("json") === true && body !== "";
    return { status: answer.status, headers: answer.headers, text: body, json: isJson ? JSON.parse(body) : null };
  };
  const document = (await send("/openapi.json")).json as Document;
  const mind = documentMinder(document);
  const ask = async (path: string, asking: Asking = {}): Promise<Reply> => {
    const reply = await send(path, asking);
    if (reply.status >= 500) throw new Error(`${path}: ${reply.text}\n${logged.slice(-5).join("\n")}`);
    mind(asking.method ?? "GET", path, reply);
    return reply;
  };
  return {
    edge,
    document,
    ask,
    async apply(config, headers) {
      const tag = (await ask("/v1/config")).headers.get("etag")!;
      const put = { method: "PUT", text: config, type: "application/yaml", headers: { "if-match": tag, ...headers } };
      const reply = await ask("/v1/config", put);
      expect(reply.status, reply.text).toBe(201);
      return reply.json.version.version;
    },
    async token(scopes, services = null, expiresIn = "1h") {
      const reply = await ask("/v1/tokens", { method: "POST", json: { name: "test", scopes, services, expiresIn } });
      expect(reply.status, reply.text).toBe(201);
      return reply.json.token;
    },
    stop: () => edge.stop(),
  };
}

/** The operation of the document that a path belongs to. */
export function operationAt({ paths }: Document, method: string, path: string): Operation | undefined {
  const bare = path.split("?")[0]!;
  const fits = Object.keys(paths).filter((template) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(bare),
  );
  // A literal path before one with parameters.
  const best = fits.sort((a, b) => a.split("{").length - b.split("{").length)[0];
  return best === undefined ? undefined : paths[best]![method.toLowerCase()];
}

/** Throws for an answer that the document does not have, in status or in shape. */
function documentMinder(document: Document): (method: string, path: string, reply: Reply) => void {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema({ $id: "https://api/", ...document });
  return (method, path, { status, headers, json, text }) => {
    const operation = operationAt(document, method, path);
    if (operation === undefined || status === 304) return;
    const described = operation.responses[String(status)];
    if (described === undefined) throw new Error(`${method} ${path}: the document has no ${status}: ${text}`);
    const type = headers.get("content-type")?.split(";")[0] ?? "";
    const schema = described.content?.[type]?.schema;
    if (schema === undefined || json === null) return;
    const pointed = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"https://api/#/'));
    const validate = ajv.compile(pointed);
    if (!validate(json)) throw new Error(`${method} ${path}: ${ajv.errorsText(validate.errors)}: ${text}`);
  };
}
