/** Conditions of an AuthorizationPolicy's rules (`when`). */
import { addressBlocks, hosts, ports, texts } from "../../config/schema/authorization/values.ts";
import { headerName } from "../../config/schema/names.ts";
import { faultsOf, type Settings } from "../proxy/draft.ts";
import { lossOf, unknowable } from "./policy-losses.ts";
import { readValues, type ValueContext, withoutMeaning } from "./policy-values.ts";

/** Keys that mean at the edge what they mean in the mesh, by what their values are. */
const CARRIED: Readonly<Record<string, typeof texts>> = {
  "source.ip": addressBlocks,
  "remote.ip": addressBlocks,
  "source.principal": texts,
  "request.auth.principal": texts,
  "request.auth.audiences": texts,
  "request.auth.presenter": texts,
  "destination.port": ports,
  "connection.sni": hosts,
};

const WITHOUT_WORKLOAD = ["source.namespace", "source.serviceAccount", "source.trustDomain"];
const NESTED = /^request\.auth\.claims(\[[^[\]]+\])+$/;
const HEADER = /^request\.headers\[([^[\]]+)\]$/;

/** Null: it fails. Empty: it holds. */
export function readCondition(context: ValueContext): Settings | null {
  const { node, action } = context;
  const key = node.text("key") ?? "";
  const fields = ["values", "notValues"].filter((field) => node.texts(field).length > 0);
  if (fields.length === 0) node.invalid("", "at least one of values and notValues has to be set");
  if (WITHOUT_WORKLOAD.includes(key)) {
    const why = "callers of an edge are no workloads of the mesh";
    const verdicts = fields.map((field) => withoutMeaning(context, field, field === "notValues", why));
    return verdicts.includes("fails") ? null : {};
  }
  const schema = schemaOf(key);
  if (schema === null) return unknown(context, key);
  if (key === "connection.sni") {
    node.note("key", "is compared with the host of the request: the platform does not tell the server name", "changed");
  }
  if (key === "source.principal") {
    node.note(
      "key",
      "is compared with names of the client certificate that the edge sees, not of a workload",
      "changed",
    );
  }
  const kept: Record<string, readonly string[]> = {};
  for (const field of fields) {
    const read = readValues(context, field, schema(), field === "notValues");
    if (read.verdict === "fails") return null;
    if (read.verdict === "kept") kept[field] = read.values;
  }
  return Object.keys(kept).length === 0 ? {} : { key, ...kept };

  function unknown({ node: own }: ValueContext, name: string): Settings | null {
    if (!/^(destination\.ip$|experimental\.envoy\.filters\.|request\.experimental\.inline\.headers\[)/.test(name)) {
      own.invalid("key", `unknown attribute: ${name}`);
      return null;
    }
    own.ignore("values", "notValues");
    const verdict = unknowable(action);
    const outcome = verdict === "holds" ? "the rule refuses without it, and so more" : "the rule is left out";
    own.note("key", `${name} is not known at the edge: ${outcome}`, verdict === "holds" ? "changed" : lossOf(action));
    return verdict === "holds" ? {} : null;
  }
}

function schemaOf(key: string): typeof texts | null {
  if (Object.hasOwn(CARRIED, key)) return CARRIED[key]!;
  if (NESTED.test(key)) return texts;
  const header = HEADER.exec(key)?.[1];
  return header !== undefined && faultsOf(headerName(), header).length === 0 ? texts : null;
}
