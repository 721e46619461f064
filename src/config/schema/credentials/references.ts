/** Names of credentials that services and endpoints use. */
import { suggested } from "../../nearest.ts";
import { type Finding, isRecord } from "../finding.ts";

type Path = readonly (string | number)[];

/** What is wrong. Never throws, whatever `mesh` is. */
export function* credentialFindings(mesh: Record<string, unknown>): Iterable<Finding> {
  const credentials = isRecord(mesh.credentials) ? mesh.credentials : {};
  for (const { path, given } of usesIn(mesh.services)) {
    const setters = new Map<string, string>();
    for (const [index, name] of given.entries()) {
      if (typeof name !== "string") continue;
      const credential = Object.hasOwn(credentials, name) ? credentials[name] : undefined;
      if (credential === undefined) {
        const message = `there is no credential ${name}`;
        yield { path: [...path, index], message, ...suggested(name, Object.keys(credentials)) };
        continue;
      }
      if (given.indexOf(name) !== index) {
        yield { path: [...path, index], message: `${name} is there already` };
        continue;
      }
      for (const header of headersOf(credential)) {
        const other = setters.get(header);
        if (other === undefined) setters.set(header, name);
        else yield { path: [...path, index], message: `${name} sets ${header}, as ${other} does` };
      }
    }
  }
}

function* usesIn(services: unknown): Iterable<{ readonly path: Path; readonly given: readonly unknown[] }> {
  for (const [name, service] of Object.entries(isRecord(services) ? services : {})) {
    if (!isRecord(service)) continue;
    yield { path: ["services", name, "credentials"], given: listOf(service.credentials) };
    for (const [index, endpoint] of listOf(service.endpoints).entries()) {
      if (!isRecord(endpoint)) continue;
      const path = ["services", name, "endpoints", index, "credentials"];
      yield { path, given: listOf(endpoint.credentials) };
    }
  }
}

/** The headers that a credential sets and another one must not, in lower case. */
function headersOf(credential: unknown): readonly string[] {
  if (!isRecord(credential)) return [];
  if (isRecord(credential.headers)) return Object.keys(credential.headers).map((header) => header.toLowerCase());
  if (typeof credential.header === "string") return [credential.header.toLowerCase()];
  switch (credential.type) {
    case "HMAC":
    case "AWSSigV4":
    case "GoogleIDToken":
    case "ClientCredentials":
      return ["authorization"];
    case "MessageSignature":
      return ["signature"];
    default:
      return [];
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
