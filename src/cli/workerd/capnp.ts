/**
 * The configuration of a local workerd, as Cap'n Proto text. Only what Heddle needs: the edge with its Durable Objects,
 * the control plane with its own where one is asked for, a cache beside them, a socket each, and the network.
 *
 * Source: workerd.capnp of the installed workerd.
 */
import type { ObjectNamespace } from "./deployment.ts";

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
  /** Certificate authorities that are believed beside those of browsers, in PEM. Default: none. */
  readonly authorities?: readonly string[];
  /** Bindings of the edge that show client certificates, as `mtls_certificates` do in production. Default: none. */
  readonly certificates?: readonly CertificateBinding[];
  /** The control plane, in the same process. Default: none. */
  readonly control?: ControlLayout;
}

export interface ControlLayout {
  /** Bundled Worker, as a file name beside the configuration. */
  readonly module: string;
  readonly address: string;
  /** Its own, and those of the service "edge". */
  readonly namespaces: readonly ObjectNamespace[];
  readonly bindings: Readonly<Record<string, string>>;
  readonly compatibilityFlags: readonly string[];
  /** Files to serve, before the Worker and as ASSETS. Default: none. */
  readonly assets?: AssetsLayout;
}

export interface AssetsLayout {
  /** Absolute. */
  readonly folder: string;
  /** The bundled Worker that serves them, as a file name beside the configuration. */
  readonly module: string;
  /** Paths that the control plane answers first, as in wrangler.toml: "/v1/*". */
  readonly runWorkerFirst: readonly string[];
  /** The demo's switchboard, offered below /demo/ to holders of the token. Default: none. */
  readonly demo?: { readonly switchboard: string; readonly token: string };
}

/** A name that stands for an address, and the certificate authority that vouches for it, in PEM. */
export interface KnownHost {
  readonly hostname: string;
  /** `host:port` */
  readonly address: string;
  readonly authority: string;
}

export interface CertificateBinding {
  readonly binding: string;
  readonly keyPair: KeyPair;
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
export const CONTROL_SOCKET = "control";

/** Name of the edge's service. */
export const EDGE_SERVICE = "edge";

/** The text of a workerd configuration. Never throws. */
export function workerdConfig(layout: EdgeLayout): string {
  const { control } = layout;
  const services = [
    `(name = ${text(EDGE_SERVICE)}, worker = .edge)`,
    '(name = "cache", worker = .cache)',
    `(name = "internet", ${network(layout.authorities)})`,
    ...(layout.certificates ?? []).map(
      ({ binding, keyPair }) =>
        `(name = ${text(certificateService(binding))}, ${network(layout.authorities, keyPair)})`,
    ),
    ...knownHosts(layout.hosts),
    `(name = "state", disk = (path = ${text(layout.stateDir)}, writable = true))`,
    ...(control === undefined ? [] : controlServices(control)),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [${list(services)}],
  sockets = [${list(sockets(layout))}],
  v8Flags = [${layout.v8Flags.map(text).join(", ")}],
);

const edge :Workerd.Worker = (
  modules = [
    (name = "edge.js", esModule = embed ${text(layout.edgeModule)}),
    (name = "heddle:mesh", json = embed ${text(layout.meshModule)}),
  ],
${commonParts(layout)}  durableObjectNamespaces = [${owned(layout.namespaces)}],
  bindings = [${list([...objectBindings(layout.namespaces), ...textBindings(layout.bindings), ...certificateBindings(layout)])}],
);

const cache :Workerd.Worker = (
  modules = [(name = "cache.js", esModule = embed ${text(layout.cacheModule)})],
  compatibilityDate = ${text(COMPATIBILITY_DATE)},
);
${resolver(layout.hosts)}${control === undefined ? "" : controlWorkers(layout, control)}`;
}

/** What the edge and the control plane have alike: the date, the network, the cache and the disk. */
function commonParts({ hosts }: EdgeLayout): string {
  return `  compatibilityDate = ${text(COMPATIBILITY_DATE)},
  globalOutbound = ${text(hosts === undefined ? "internet" : "resolver")},
  cacheApiOutbound = "cache",
  durableObjectStorage = (localDisk = "state"),
`;
}

function controlServices({ assets }: ControlLayout): string[] {
  if (assets === undefined) return ['(name = "control", worker = .control)'];
  return [
    '(name = "control", worker = .control)',
    '(name = "assets", worker = .assets)',
    `(name = "files", disk = (path = ${text(assets.folder)}))`,
  ];
}

function controlWorkers(layout: EdgeLayout, control: ControlLayout): string {
  const bindings = [
    ...objectBindings(control.namespaces),
    ...textBindings(control.bindings),
    `(name = "EDGE", service = ${text(EDGE_SERVICE)})`,
    ...(control.assets === undefined ? [] : ['(name = "ASSETS", service = "assets")']),
  ];
  const worker = `
const control :Workerd.Worker = (
  modules = [(name = "control.js", esModule = embed ${text(control.module)})],
${commonParts(layout)}  compatibilityFlags = [${control.compatibilityFlags.map(text).join(", ")}],
  durableObjectNamespaces = [${owned(control.namespaces)}],
  bindings = [${list(bindings)}],
);
`;
  if (control.assets === undefined) return worker;
  return `${worker}
const assets :Workerd.Worker = (
  modules = [(name = "assets.js", esModule = embed ${text(control.assets.module)})],
  compatibilityDate = ${text(COMPATIBILITY_DATE)},
  globalOutbound = "internet",
  bindings = [${list(assetBindings(control.assets))}],
);
`;
}

function assetBindings({ runWorkerFirst, demo }: AssetsLayout): string[] {
  return [
    '(name = "DISK", service = "files")',
    '(name = "WORKER", service = "control")',
    ...textBindings({
      RUN_WORKER_FIRST: JSON.stringify(runWorkerFirst),
      ...(demo !== undefined && { DEMO_SWITCHBOARD: demo.switchboard, DEMO_TOKEN: demo.token }),
    }),
  ];
}

/** The namespaces that a Worker has itself. A class has the same key in every run, so that kept data is found again. */
function owned(namespaces: readonly ObjectNamespace[]): string {
  return namespaces
    .filter(({ owner }) => owner === undefined)
    .map(
      ({ className }) =>
        `(className = ${text(className)}, uniqueKey = ${text(`heddle-${className}`)}, enableSql = true)`,
    )
    .join(", ");
}

function objectBindings(namespaces: readonly ObjectNamespace[]): string[] {
  return namespaces.map(({ binding, className, owner }) => {
    const of = owner === undefined ? text(className) : `(className = ${text(className)}, serviceName = ${text(owner)})`;
    return `(name = ${text(binding)}, durableObjectNamespace = ${of})`;
  });
}

function textBindings(bindings: Readonly<Record<string, string>>): string[] {
  return Object.entries(bindings).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`);
}

/** Everything that can be reached; certificates of those who answer are always checked. */
function network(authorities: readonly string[] = [], keyPair?: KeyPair): string {
  const shown = keyPair === undefined ? "" : `, keypair = ${keyPairText(keyPair)}`;
  const trust = authorities.length === 0 ? "" : `, trustedCertificates = [${authorities.map(text).join(", ")}]`;
  return `network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true${trust}${shown}))`;
}

function certificateService(binding: string): string {
  return `certificate ${binding}`;
}

function certificateBindings({ certificates = [] }: EdgeLayout): string[] {
  return certificates.map(({ binding }) => `(name = ${text(binding)}, service = ${text(certificateService(binding))})`);
}

function keyPairText({ key, cert }: KeyPair): string {
  return `(privateKey = ${text(key)}, certificateChain = ${text(cert)})`;
}

function knownHosts(hosts: readonly KnownHost[] = []): string[] {
  const services = hosts.map(({ hostname, address, authority }) => {
    const trust = `trustedCertificates = [${text(authority)}]`;
    const https = `(options = (), tlsOptions = (${trust}), certificateHost = ${text(hostname)})`;
    return `(name = ${text(hostname)}, external = (address = ${text(address)}, https = ${https}))`;
  });
  return hosts.length === 0 ? [] : ['(name = "resolver", worker = .resolver)', ...services];
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

function sockets({ address, tls, control }: EdgeLayout): string[] {
  const to = text(EDGE_SERVICE);
  const listening = [`(name = ${text(SOCKET)}, address = ${text(address)}, http = (), service = ${to})`];
  if (tls !== undefined) {
    const https = `(options = (), tlsOptions = (keypair = ${keyPairText(tls.keyPair)}))`;
    listening.push(`(name = ${text(TLS_SOCKET)}, address = ${text(tls.address)}, https = ${https}, service = ${to})`);
  }
  if (control !== undefined) {
    const front = control.assets === undefined ? '"control"' : '(name = "assets", entrypoint = "front")';
    listening.push(
      `(name = ${text(CONTROL_SOCKET)}, address = ${text(control.address)}, http = (), service = ${front})`,
    );
  }
  return listening;
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
