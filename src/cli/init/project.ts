/** What `heddle init` is told: everything that the files it writes depend on. */
import { nearest } from "../../config/nearest.ts";
import { CommandFailure } from "../failure.ts";

export interface ProjectEndpoint {
  readonly id: string;
  readonly url: string;
  /** "" when nobody said it and its address does not tell. */
  readonly cloud: string;
  readonly region: string;
}

export interface Project {
  /** Of the mesh; its Workers are `<name>-edge` and `<name>-control`, its service `<name>`. */
  readonly name: string;
  readonly endpoints: readonly ProjectEndpoint[];
  /** Hosts the edge answers at; none: its workers.dev address. */
  readonly hosts: readonly string[];
  /** Path of the health check; "" for none. */
  readonly healthPath: string;
}

/** Names of Workers are labels of DNS: 63 characters, of which ours take "-control". */
const NAME = /^[a-z][a-z0-9-]{0,53}[a-z0-9]$|^[a-z]$/;
const ENDPOINT_ID = /^[a-zA-Z0-9][\w.-]{0,62}$/;
const HOST = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/;

/** Clouds whose addresses say so, by the end of the host. */
const CLOUD_HOSTS: readonly (readonly [suffix: string, cloud: string])[] = [
  ["amazonaws.com", "aws"],
  ["awsapprunner.com", "aws"],
  ["run.app", "gcp"],
  ["appspot.com", "gcp"],
  ["azurewebsites.net", "azure"],
  ["azurecontainerapps.io", "azure"],
  ["azure.com", "azure"],
  ["fly.dev", "fly"],
  ["onrender.com", "render"],
  ["herokuapp.com", "heroku"],
  ["ondigitalocean.app", "digitalocean"],
];
const CLOUDS: readonly string[] = [...new Set(CLOUD_HOSTS.map(([, cloud]) => cloud)), "hetzner", "oracle", "ibm"];

/** A name for a mesh made of a folder's; "mesh" when nothing is left of it. */
export function nameFrom(folder: string): string {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[^a-z]+|-+$/g, "")
    .slice(0, 55)
    .replace(/-+$/, "");
  return name === "" ? "mesh" : name;
}

/** Throws CommandFailure when no Worker can have the name. */
export function readName(text: string): string {
  if (NAME.test(text)) return text;
  throw usage(
    `"${text}" cannot be the name of Workers`,
    `lower-case letters, digits and dashes, 55 at most; did you mean ${nameFrom(text)}?`,
  );
}

/** `ID=URL`. Throws CommandFailure when it is not. */
export function readEndpoint(text: string): ProjectEndpoint {
  const equals = text.indexOf("=");
  const id = text.slice(0, equals);
  const address = text.slice(equals + 1);
  if (equals < 1 || !ENDPOINT_ID.test(id)) {
    throw usage(`"${text}" is no endpoint`, "write ID=URL, e.g. aws=https://shop.aws.example.com");
  }
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    const fix = URL.canParse(`https://${address}`) && address !== "" ? `did you mean ${id}=https://${address}?` : "";
    throw usage(`endpoint ${id}: "${address}" is not an absolute http or https URL`, fix);
  }
  const { hostname, username, password, search, hash } = new URL(address);
  if (username !== "" || password !== "" || search !== "" || hash !== "") {
    throw usage(`endpoint ${id}: a URL with credentials, a query or a fragment is not taken`, "");
  }
  return { id, url: address.replace(/\/+$/, ""), cloud: guessedCloud(id, hostname), region: "" };
}

/** `ID=CLOUD[/REGION]` said of endpoints that were given. Throws CommandFailure for one that was not. */
export function withLocalities(endpoints: readonly ProjectEndpoint[], told: readonly string[]): ProjectEndpoint[] {
  const localities = new Map<string, { cloud: string; region: string }>();
  for (const text of told) {
    const [, id, cloud, region = ""] = /^([^=]+)=([\w.-]+)(?:\/([\w.-]+))?$/.exec(text) ?? [];
    if (id === undefined || cloud === undefined) {
      throw usage(`"${text}" says no cloud`, "write ID=CLOUD or ID=CLOUD/REGION, e.g. aws=aws/us-east-1");
    }
    const ids = endpoints.map((endpoint) => endpoint.id);
    if (!ids.includes(id)) {
      const guess = nearest(id, ids);
      throw usage(`--cloud ${text}: there is no endpoint ${id}`, guess === undefined ? "" : `did you mean ${guess}?`);
    }
    localities.set(id, { cloud, region });
  }
  return endpoints.map((endpoint) => ({ ...endpoint, ...localities.get(endpoint.id) }));
}

/** Throws CommandFailure when two endpoints have one id. */
export function checkDistinct(endpoints: readonly ProjectEndpoint[]): void {
  const ids = endpoints.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw usage(`two endpoints are called ${twice}`, "every endpoint has an id of its own");
}

/** A host name. Throws CommandFailure for anything else. */
export function readHost(text: string): string {
  const host = text.toLowerCase();
  if (HOST.test(host)) return host;
  const named = URL.canParse(text) ? new URL(text).hostname : "";
  throw usage(`"${text}" is no host name`, HOST.test(named) ? `did you mean ${named}?` : "e.g. shop.example.com");
}

/** A path, or "" for none. Throws CommandFailure for anything else. */
export function readHealthPath(text: string): string {
  if (text === "" || /^\/[\w\-./~%]*$/.test(text)) return text;
  throw usage(`"${text}" is no path`, "e.g. /healthz");
}

function guessedCloud(id: string, hostname: string): string {
  const known = CLOUD_HOSTS.find(([suffix]) => hostname.endsWith(`.${suffix}`))?.[1];
  return known ?? CLOUDS.find((cloud) => id === cloud || id.startsWith(`${cloud}-`)) ?? "";
}

function usage(message: string, fix: string): CommandFailure {
  return new CommandFailure("usage", message, fix, 2);
}
