/** RequestAuthentications as providers of identity, each with what it holds for. A request without a token stays anonymous. */
import { ASYMMETRIC, jwtSchema } from "../../config/schema/authentication/jwt.ts";
import { faultsOf, type Settings } from "../proxy/draft.ts";
import { freeName } from "../proxy/endpoint-names.ts";
import type { Notes } from "../proxy/notes.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import { isObject } from "../source-document.ts";
import { readTarget, type Target } from "./policy-targets.ts";
import type { Resource } from "./resources.ts";

export interface PlacedProvider {
  readonly target: Target;
  readonly name: string;
  readonly provider: Settings;
  readonly resource: Resource;
}

/** Where Istio looks for a token that is not said to be elsewhere. */
const USUAL_PLACES: readonly Settings[] = [{ header: "authorization", prefix: "Bearer " }, { query: "access_token" }];

export function readRequestAuthentications(
  resources: readonly Resource[],
  { gateways, notes }: { readonly gateways: readonly Resource[]; readonly notes: Notes },
): readonly PlacedProvider[] {
  const taken = new Set<string>();
  return resources.flatMap((resource) => {
    const { spec, namespace, name, document } = resource;
    const target = readTarget(resource, gateways);
    const rules = spec.objects("jwtRules");
    checkNulls(spec, "jwtRules");
    const read = rules.map((node) => ({ node, provider: readJwtRule(node) }));
    if (target === null || notes.isInvalid(document)) return [];
    return read.flatMap(({ node, provider }, index): PlacedProvider[] => {
      const fault = provider === null ? undefined : faultsOf(jwtSchema, provider)[0];
      if (fault !== undefined) node.note("", `${fault.path} ${fault.message}; its tokens name nobody`, "security");
      if (provider === null || fault !== undefined) return [];
      const named = freeName(rules.length === 1 ? `${namespace}.${name}` : `${namespace}.${name}.${index}`, taken, 63);
      taken.add(named);
      return [{ target, name: named, provider, resource }];
    });
  });
}

/** Null: it cannot be carried over, which is noted. */
function readJwtRule(node: SourceNode): Settings | null {
  const issuer = node.text("issuer") ?? "";
  if (issuer === "") node.invalid("issuer", "is required");
  const audiences = nonEmpty(node, "audiences");
  const from = readPlaces(node);
  const claimsToHeaders = readClaimHeaders(node);
  const timeout = readTimeout(node);
  const spaced = nonEmpty(node, "spaceDelimitedClaims").filter((claim) => claim !== "scope" && claim !== "permission");
  if (spaced.length > 0) {
    node.note(
      "spaceDelimitedClaims",
      `${spaced.join(", ")}: claims other than scope and permission are compared whole`,
      "changed",
    );
  }
  node.drop("outputPayloadToHeader", "the payload as a whole is told to nobody: name claims in outputClaimToHeaders");
  const jwks = readKeys(node, timeout);
  if (jwks === null) return null;
  return {
    type: "JWT",
    issuer,
    jwks,
    ...(audiences.length > 0 && { audiences }),
    algorithms: [...ASYMMETRIC],
    // Istio takes tokens that never end.
    requireExpiry: false,
    from: from.length > 0 ? from : USUAL_PLACES,
    ...(Object.keys(claimsToHeaders).length > 0 && { claimsToHeaders }),
    ...(node.flag("forwardOriginalToken") === true && { forward: true }),
  };
}

function readPlaces(node: SourceNode): readonly Settings[] {
  checkNulls(node, "fromHeaders");
  const headers = node.objects("fromHeaders").map((place) => {
    const header = place.text("name") ?? "";
    if (header === "") place.invalid("name", "is required");
    return { header: header.toLowerCase(), prefix: place.text("prefix") ?? "" };
  });
  const queries = nonEmpty(node, "fromParams").map((query) => ({ query }));
  const cookies = nonEmpty(node, "fromCookies").map((cookie) => ({ cookie }));
  return [...headers, ...queries, ...cookies];
}

function readClaimHeaders(node: SourceNode): Settings {
  checkNulls(node, "outputClaimToHeaders");
  const entries = node.objects("outputClaimToHeaders").map((entry): [string, string] => {
    const header = entry.text("header") ?? "";
    const claim = entry.text("claim") ?? "";
    if (!/^[-_A-Za-z0-9]+$/.test(header)) entry.invalid("header", "has to be a name of letters, digits, - and _");
    if (claim === "") entry.invalid("claim", "is required");
    return [header.toLowerCase(), claim];
  });
  return Object.fromEntries(entries);
}

function readTimeout(node: SourceNode): string | null {
  const ms = node.durationMs("timeout");
  if (ms === undefined) return null;
  if (ms < 1) node.invalid("timeout", "must be a valid duration greater than 1ms");
  const kept = Math.min(30_000, Math.max(50, Math.round(ms)));
  if (kept !== Math.round(ms)) node.note("timeout", `is ${kept} ms here: 50 ms to 30 s can be set`, "changed");
  return `${kept}ms`;
}

function readKeys(node: SourceNode, timeout: string | null): Settings | null {
  const uri = node.text("jwksUri") ?? node.text("jwks_uri") ?? "";
  const text = node.text("jwks") ?? "";
  if (uri !== "") {
    if (!/^https?:\/\//i.test(uri) || !URL.canParse(uri))
      node.invalid("jwksUri", "url must have scheme http:// or https://");
    else if (uri.startsWith("http:")) {
      node.note(
        "jwksUri",
        "keys are fetched by https alone: whoever can change them on the way can be anybody",
        "security",
      );
      return null;
    }
    return { uri, ...(timeout !== null && { timeout }) };
  }
  if (text === "") {
    node.note("", "names no keys, and the edge does not ask issuers where theirs are: give jwksUri", "security");
    return null;
  }
  const keys = keysOf(text);
  if (keys === null) {
    node.note("jwks", "is no JWKS with keys: its tokens name nobody", "security");
    return null;
  }
  if (keys.some((key) => isObject(key) && key.kty === "oct")) {
    node.note(
      "jwks",
      "holds a shared secret, which a config must not: put the JWKS into a secret, and name it in jwks.secret",
      "security",
    );
    return null;
  }
  return { keys };
}

function keysOf(text: string): readonly unknown[] | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) && Array.isArray(parsed.keys) && parsed.keys.length > 0 ? parsed.keys : null;
  } catch {
    return null;
  }
}

function nonEmpty(node: SourceNode, field: string): readonly string[] {
  const values = node.texts(field);
  if (values.includes("")) node.invalid(field, "should be at least 1 chars long");
  return values;
}

/** Null in a list is not an absent member. */
function checkNulls(node: SourceNode, field: string): void {
  const list = node.raw(field);
  if (Array.isArray(list) && list.includes(null)) node.invalid(field, "has to be a list of objects");
}
