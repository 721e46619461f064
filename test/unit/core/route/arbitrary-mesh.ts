/** Random meshes and requests. Few letters, so that paths, hosts and values collide often. */
import fc from "fast-check";
import type { Listener, Mesh, RouteMatch } from "../../../../src/core/mesh.ts";
import type { RequestHead } from "../../../../src/core/request-head.ts";
import { match, meshOf, named, not, routeOf } from "./request.ts";

const host = fc.constantFrom("a", "b.a", "c.b.a", "d.c.b.a", "xb.a");
const hostname = fc.oneof(host, fc.constantFrom("*", "*.a", "*.b.a", "*.c.b.a"));
const element = fc.constantFrom("a", "b", "ab", "abc", "ac", "A", "aB");
const path = fc
  .tuple(fc.array(element, { maxLength: 4 }), fc.constantFrom("", "/"))
  .map(([elements, end]) => `/${elements.join("/")}${elements.length === 0 ? "" : end}`);
const value = fc.constantFrom("1", "2", "11");
const method = fc.constantFrom("GET", "PUT");

const condition = (...names: string[]) =>
  fc
    .tuple(
      fc.constantFrom(...names),
      fc.oneof(
        fc.tuple(fc.constantFrom("Exact" as const, "Prefix" as const, "Suffix" as const), value),
        fc.constantFrom(["RegularExpression", "1+"] as const, ["RegularExpression", "[12]"] as const),
        fc.constant(["Present", ""] as const),
      ),
      fc.boolean(),
    )
    .map(([name, [type, text], invert]) => (invert ? not(named(name, text, type)) : named(name, text, type)));

const ignoreCase = fc.constantFrom({}, {}, { ignoreCase: true as const });
const matchPath = fc.oneof(
  path.map((exact) => ({ exact })),
  path.map((prefix) => ({ path: prefix })),
  fc.tuple(path, fc.nat(2)).map(([text, cut]) => ({ start: text.slice(0, Math.max(1, text.length - cut)) })),
  fc.constantFrom("/a.*", "/[ab]+/b", ".*b", "/ab(c|/.*)?", "/a/b", "/").map((regex) => ({ regex })),
);
const arbitraryMatch = fc
  .tuple(
    matchPath,
    ignoreCase,
    fc.option(method, { nil: undefined }),
    fc.array(condition("x-a", "x-b"), { maxLength: 2 }),
    fc.array(condition("q", "r"), { maxLength: 2 }),
  )
  .map(([where, fold, verb, headers, queryParams]) =>
    match({ ...where, ...fold, ...(verb !== undefined && { method: verb }), headers, queryParams }),
  );
/** Many that share a path and ask for one value of a header each. */
const tenants = fc
  .array(fc.tuple(value, fc.option(condition("q"), { nil: undefined })), { minLength: 8, maxLength: 16 })
  .map((list) =>
    list.map(([tenant, other]) =>
      match({ path: "/a", headers: [named("x-a", tenant)], queryParams: other ? [other] : [] }),
    ),
  );

const listener: fc.Arbitrary<Omit<Listener, "name">> = fc.record({
  hostname,
  port: fc.constantFrom(0, 80, 443, 8080),
  protocol: fc.constantFrom(null, "HTTP" as const, "HTTPS" as const),
});
const listeners = fc.oneof(
  fc.constant([{ hostname: "*", port: 0, protocol: null }]),
  fc.uniqueArray(listener, { minLength: 1, maxLength: 4, selector: (one) => JSON.stringify(one) }),
);

export const arbitraryMesh: fc.Arbitrary<Mesh> = listeners.chain((all) =>
  fc
    .tuple(
      fc.array(
        fc.record({
          hostnames: fc.uniqueArray(hostname, { minLength: 1, maxLength: 3 }),
          listeners: fc.subarray([...all.keys()], { minLength: 1 }),
          rules: fc.array(
            fc.oneof({ weight: 5, arbitrary: fc.array(arbitraryMatch, { minLength: 1, maxLength: 3 }) }, tenants),
            {
              minLength: 1,
              maxLength: 3,
            },
          ),
        }),
        { maxLength: 6 },
      ),
      fc.constantFrom("specificity" as const, "order" as const),
    )
    .map(([routes, precedence]) => ({
      ...meshOf(
        ...routes.map((one, index) =>
          routeOf(`route-${index}`, one.hostnames, one.rules as RouteMatch[][], one.listeners),
        ),
      ),
      listeners: all.map((one, index) => ({ ...one, name: `listener-${index}` })),
      precedence,
    })),
);

export const arbitraryHead: fc.Arbitrary<RequestHead> = fc
  .record({
    host,
    path,
    method,
    scheme: fc.constantFrom("http", "https"),
    port: fc.constantFrom(80, 443, 8080, 9999),
    query: fc.constantFrom("", "?q=1", "?q=2&r=1", "?r=1&q=1&q=2", "?q=11"),
    headers: fc.dictionary(fc.constantFrom("x-a", "x-b"), value),
  })
  .map(({ headers, ...rest }): RequestHead => ({ ...rest, header: (name) => headers[name] ?? null }));
