/**
 * An edge on a real workerd behind the stand-in for Cloudflare's front that wrangler has (miniflare): what the platform says of a
 * request (`request.cf`) comes from the test and is no header, and secrets are in a Secrets Store.
 */
import { convertV4MiniflareOptions, type Json, Miniflare } from "miniflare";
import { installation } from "../../../src/cli/installation.ts";
import { bundleOnce } from "../../../src/cli/workerd/bundle.ts";
import { COMPATIBILITY_DATE } from "../../../src/cli/workerd/capnp.ts";
import { readDeployment } from "../../../src/cli/workerd/deployment.ts";
import { meshOf } from "./configs.ts";

export interface Platform {
  /** What a request with this word of the platform is answered. */
  ask(path: string, question?: Question): Promise<{ readonly status: number; readonly text: string }>;
  /** Puts a secret into the store, in place of what it has. */
  putSecret(binding: string, value: string): Promise<void>;
  close(): Promise<void>;
}

export interface Question {
  readonly cf?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PlatformOptions {
  readonly bindings?: Readonly<Record<string, string>>;
  /** Bindings to secrets of the store. */
  readonly storeSecrets?: readonly string[];
}

const STORE = "store";

/** - `config`: as a user writes it. */
export async function startPlatform(config: string, options: PlatformOptions = {}): Promise<Platform> {
  const { edgeEntry, edgeDeployment } = installation();
  const { storeSecrets = [], bindings = {} } = options;
  // The mesh is a module of its own; miniflare has no JSON modules, and specifiers without a scheme.
  const code = (await bundleOnce(edgeEntry)).replaceAll(/(["'])heddle:mesh\1(\s*with\s*\{[^}]*\})?/g, '"./mesh.js"');
  const mesh = `export default ${JSON.stringify(await meshOf(config))};`;
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "edge",
      modules: [
        { type: "ESModule", path: "edge.js", contents: code },
        { type: "ESModule", path: "mesh.js", contents: mesh },
      ],
      modulesRoot: ".",
      compatibilityDate: COMPATIBILITY_DATE,
      cf: false,
      // What the Worker writes is not what is tested here.
      handleStructuredLogs: () => {},
      bindings: bindings as Record<string, Json>,
      durableObjects: Object.fromEntries(
        readDeployment(edgeDeployment).namespaces.map(({ binding, className }) => [
          binding,
          { className, useSQLite: true },
        ]),
      ),
      secretsStoreSecrets: Object.fromEntries(
        storeSecrets.map((name) => [name, { store_id: STORE, secret_name: name.toLowerCase() }]),
      ),
    }),
  );
  await miniflare.ready;
  return {
    async ask(path, { cf, headers = {} } = {}) {
      const answer = await miniflare.dispatchFetch(`http://mesh.test${path}`, {
        headers: { ...headers },
        redirect: "manual",
        ...(cf && { cf: cf as Record<string, never> }),
      });
      return { status: answer.status, text: await answer.text() };
    },
    async putSecret(binding, value) {
      const store = (await miniflare.getSecretsStoreSecretAPI(binding))();
      for (const { metadata } of await store.list()) {
        if (metadata?.uuid !== undefined) await store.delete(metadata.uuid);
      }
      await store.create(value);
    },
    close: () => miniflare.dispose(),
  };
}
