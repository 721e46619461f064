/** One test of one attribute of a request, arranged once and tried on many. */
import type { AttributeTest } from "../mesh.ts";
import { queryValues } from "../route/query-value.ts";
import { createAddress, type ParsedAddress, parseAddress } from "./address.ts";
import { type AddressSet, hasAddress, openAddresses } from "./address-set.ts";
import { hasClaim } from "./claims.ts";
import { fitsTemplate, isTemplate, openTemplate, type PathTemplate } from "./path-template.ts";
import { hasRequestPrincipal, openRequestPrincipals, type RequestPrincipals } from "./request-principals.ts";
import { type Subject, somePeerName } from "./subject.ts";
import { hasText, openValues, type ValueSet } from "./value-set.ts";

export interface OpenTest {
  readonly test: AttributeTest;
  readonly invert: boolean;
  /** Where endpoints may read what is there in several ways, one of them is enough to fit; else all have to. */
  readonly isWary: boolean;
  /** Lists in headers and ";" in queries are such places. */
  readonly isStrict: boolean;
  readonly values: ValueSet;
  /** Of paths. */
  readonly templates: readonly PathTemplate[];
  readonly addresses: AddressSet | null;
  readonly principals: RequestPrincipals | null;
  readonly ports: ReadonlySet<number> | null;
  readonly name: string;
  readonly claim: readonly string[];
}

/**
 * Arranges a test for `passes`. Linear in its values.
 *
 * - `admits`: it is of an ALLOW policy, which no reading of a request may slip through; by others none may slip.
 */
export function openTest(test: AttributeTest, admits = true, isStrict = false): OpenTest {
  const { attribute, values, name = "", claim = [] } = test;
  const isPath = attribute === "path";
  return {
    test,
    invert: test.invert === true,
    isWary: admits === (test.invert === true),
    isStrict,
    values: openValues(isPath ? values.filter((value) => !isTemplate(value)) : values),
    templates: isPath ? values.filter(isTemplate).map(openTemplate) : [],
    addresses: attribute === "ip" ? openAddresses(values) : null,
    principals: attribute === "requestPrincipal" ? openRequestPrincipals(values) : null,
    ports: attribute === "port" ? new Set(values.map(Number)) : null,
    name,
    claim,
  };
}

/**
 * Whether a request passes the test. `path`: what its path is taken for (path-readings.ts).
 *
 * Never throws. Allocates for certificates, query parameters and lists only.
 */
export function passes(open: OpenTest, subject: Subject, path: string): boolean {
  return fits(open, subject, path) !== open.invert;
}

function fits(open: OpenTest, subject: Subject, path: string): boolean {
  const { values } = open;
  const { head, principal } = subject;
  switch (open.test.attribute) {
    case "path":
      return hasText(values, path) || hasTemplate(open.templates, path);
    case "host":
      return hasText(values, head.host);
    case "method":
      return hasText(values, head.method);
    case "port":
      return open.ports!.has(subject.port);
    case "ip":
      return hasAddress(open.addresses!, clientAddress(subject));
    case "country":
    case "asn":
    case "colo":
      return hasText(values, subject.place(open.test.attribute));
    case "header": {
      const value = head.header(open.name);
      return value !== null && hasHeader(open, value);
    }
    case "query":
      return head.query !== "" && hasQuery(open, head.query);
    case "claim":
      return hasClaim(principal.claims, open.claim, values);
    case "requestPrincipal":
      return hasRequestPrincipal(open.principals!, principal);
    case "principal":
      return somePeerName(principal, (name) => hasText(values, name));
    case "sni":
      return head.scheme === "https" && hasText(values, head.host);
  }
}

/**
 * A header without a value is there. Of one that came twice, or is a list, endpoints may look at the first, the last or any
 * member. Where it has to fit for certain the whole does, as for what merely has a comma in it.
 */
function hasHeader({ values, isWary, isStrict }: OpenTest, value: string): boolean {
  if (values.any || hasText(values, value)) return true;
  return isWary && isStrict && value.includes(",") && value.split(",").some((one) => hasText(values, one.trim()));
}

/** Of a parameter that is there twice some endpoints take the first and some the last; to some ";" is another "&". */
function hasQuery({ values, name, isWary, isStrict }: OpenTest, query: string): boolean {
  const fitsOne = (value: string) => values.any || hasText(values, value);
  const plain = queryValues(query, name);
  const other = isStrict && query.includes(";") ? queryValues(query.replaceAll(";", "&"), name) : plain;
  if (isWary) return plain.some(fitsOne) || (other !== plain && other.some(fitsOne));
  return plain.length > 0 && plain.every(fitsOne) && (other === plain || other.every(fitsOne));
}

function hasTemplate(templates: readonly PathTemplate[], path: string): boolean {
  for (let i = 0; i < templates.length; i += 1) if (fitsTemplate(templates[i]!, path)) return true;
  return false;
}

/** Where a request is from. Good until another one is asked for: thousands of tests look at it, and it is parsed once. */
export function clientAddress({ clientIp }: Subject): ParsedAddress {
  parseAddress(clientIp, CLIENT);
  return CLIENT;
}

const CLIENT = createAddress();
