/**
 * The configuration of a local workerd, as Cap'n Proto text. Only what a Heddle edge needs: one Worker with its
 * Durable Objects, a cache beside it, a socket, and the network.
 *
 * Source: workerd.capnp of the installed workerd.
 */

/** One Durable Object namespace: `binding` in `env`, `className` exported by the Worker. */
export interface ObjectNamespace {
  readonly binding: string;
  readonly className: string;
}

export interface EdgeLayout {
  /** Bundled Worker, as a file name beside the configuration. */
  readonly edgeModule: string;
  readonly cacheModule: string;
  /** The compiled mesh, as a file name beside the configuration. */
  readonly meshModule: string;
  /** `host:port`; port 0 lets the system choose. */
  readonly address: string;
  /** Folder for the objects' SQLite files, absolute. workerd's storage in memory has no SQL. */
  readonly stateDir: string;
  readonly namespaces: readonly ObjectNamespace[];
  /** Text for `env`. */
  readonly bindings: Readonly<Record<string, string>>;
  /** As V8 takes them, e.g. "--expose-gc". */
  readonly v8Flags: readonly string[];
  /** A second socket, with TLS. Default: none. */
  readonly tls?: { readonly address: string; readonly keyPair: KeyPair };
  /** Hosts that are not looked up. Default: none. */
  readonly hosts?: readonly KnownHost[];
}

/** A name that stands for an address, and the certificate authority that vouches for it, in PEM. */
export interface KnownHost {
  readonly hostname: string;
  /** `host:port` */
  readonly address: string;
  readonly authority: string;
}

/** Both in PEM. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** Same as in wrangler.toml; a test holds the two together. */
export const COMPATIBILITY_DATE = "2026-10-01";

/** Names of the sockets that the control channel reports. */
export const SOCKET = "http";
export const TLS_SOCKET = "https";

/** The text of a workerd configuration. Never throws. */
export function workerdConfig(layout: EdgeLayout): string {
  const namespaces = layout.namespaces.map(
    ({ className }) => `(className = ${text(className)}, uniqueKey = ${text(`heddle-${className}`)}, enableSql = true)`,
  );
  const bindings = [
    ...layout.namespaces.map(
      ({ binding, className }) => `(name = ${text(binding)}, durableObjectNamespace = ${text(className)})`,
    ),
    ...Object.entries(layout.bindings).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "cache", worker = .cache),
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
${knownHosts(layout.hosts)}    (name = "state", disk = (path = ${text(layout.stateDir)}, writable = true)),
  ],
  sockets = [${sockets(layout)}],
  v8Flags = [${layout.v8Flags.map(text).join(", ")}],
);

const edge :Workerd.Worker = (
  modules = [
    (name = "edge.js", esModule = embed ${text(layout.edgeModule)}),
    (name = "heddle:mesh", json = embed ${text(layout.meshModule)}),
  ],
  compatibilityDate = ${text(COMPATIBILITY_DATE)},
  globalOutbound = ${text(layout.hosts === undefined ? "internet" : "resolver")},
  cacheApiOutbound = "cache",
  durableObjectNamespaces = [${namespaces.join(", ")}],
  durableObjectStorage = (localDisk = "state"),
  bindings = [${list(bindings)}],
);

const cache :Workerd.Worker = (
  modules = [(name = "cache.js", esModule = embed ${text(layout.cacheModule)})],
  compatibilityDate = ${text(COMPATIBILITY_DATE)},
);
${resolver(layout.hosts)}`;
}

function knownHosts(hosts: readonly KnownHost[] = []): string {
  const services = hosts.map(({ hostname, address, authority }) => {
    const trust = `trustedCertificates = [${text(authority)}]`;
    const https = `(options = (), tlsOptions = (${trust}), certificateHost = ${text(hostname)})`;
    return `    (name = ${text(hostname)}, external = (address = ${text(address)}, https = ${https})),\n`;
  });
  return hosts.length === 0 ? "" : `    (name = "resolver", worker = .resolver),\n${services.join("")}`;
}

/** Stands between the edge and the network, as a resolver would: https requests to the known hosts go where they are. */
function resolver(hosts: readonly KnownHost[] = []): string {
  if (hosts.length === 0) return "";
  const bindings = ["internet", ...hosts.map(({ hostname }) => hostname)].map(
    (name) => `(name = ${text(name)}, service = ${text(name)})`,
  );
  const script = `export default { fetch: (request, env) => {
  const { protocol, hostname } = new URL(request.url);
  return ((protocol === "https:" && env[hostname]) || env.internet).fetch(request);
} };`;
  return `
const resolver :Workerd.Worker = (
  modules = [(name = "resolver.js", esModule = ${text(script)})],
  compatibilityDate = ${text(COMPATIBILITY_DATE)},
  bindings = [${list(bindings)}],
);
`;
}

function sockets({ address, tls }: EdgeLayout): string {
  const plain = `(name = ${text(SOCKET)}, address = ${text(address)}, http = (), service = "edge")`;
  if (tls === undefined) return plain;
  const keyPair = `(privateKey = ${text(tls.keyPair.key)}, certificateChain = ${text(tls.keyPair.cert)})`;
  return `${plain}, (name = ${text(TLS_SOCKET)}, address = ${text(tls.address)}, https = (options = (), tlsOptions = (keypair = ${keyPair})), service = "edge")`;
}

function list(items: readonly string[]): string {
  return items.length === 0 ? "" : `\n    ${items.join(",\n    ")},\n  `;
}

/** A Cap'n Proto string literal: C escapes; everything beyond printable ASCII as UTF-8 bytes. */
export function text(value: string): string {
  let literal = '"';
  for (const byte of new TextEncoder().encode(value)) {
    if (byte === 0x22 || byte === 0x5c) literal += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) literal += String.fromCharCode(byte);
    else literal += `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return `${literal}"`;
}
