import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import { ask } from "../../harness/ask.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";

const own = createResources();
afterAll(own.close);

const full = (replaceFullPath: string) => ({ type: "ReplaceFullPath", replaceFullPath }) as const;
const prefix = (replacePrefixMatch: string) => ({ type: "ReplacePrefixMatch", replacePrefixMatch }) as const;

type PathModifier = ReturnType<typeof full> | ReturnType<typeof prefix>;

const rewriteTo = (path: PathModifier) => ({ type: "URLRewrite", urlRewrite: { path } }) as const;
const redirectTo = (requestRedirect: object) => ({ type: "RequestRedirect", requestRedirect }) as const;

describe("paths", () => {
  let edge: Edge;
  let last: IncomingMessage;

  beforeAll(async () => {
    const origin = await own.origin("shop", {
      onRequest: (request) => {
        last = request;
      },
    });
    const based = { name: "based", url: `${origin.url}/base/` };
    const shop = [{ service: "shop" }];
    edge = await own.edge(
      rulesByPath(
        { shop: serviceOf([origin]), based: serviceOf([based]) },
        {
          "/full": { filters: [rewriteTo(full("/one"))], backendRefs: shop },
          "/prefix/one": { filters: [rewriteTo(prefix("/one"))], backendRefs: shop },
          "/strip": { filters: [rewriteTo(prefix("/"))], backendRefs: shop },
          "/based": { filters: [rewriteTo(prefix("/x"))], backendRefs: [{ service: "based" }] },
          "/backend": {
            filters: [rewriteTo(full("/of-the-rule"))],
            backendRefs: [{ service: "shop", filters: [rewriteTo(prefix("/of-the-backend"))] }],
          },
          "/hosted": { filters: [{ type: "URLRewrite", urlRewrite: { hostname: "One.Example" } }], backendRefs: shop },
          "/moved": { filters: [redirectTo({ scheme: "https", hostname: "new.example", statusCode: 301 })] },
          "/old": { filters: [redirectTo({ path: prefix("/new"), statusCode: 308 })] },
          "/gone": { filters: [redirectTo({ path: full("/"), statusCode: 303, stripQuery: true })] },
          "/port": { filters: [redirectTo({ port: 8443, statusCode: 307 })] },
          "/by-backend": { backendRefs: [{ service: "shop", filters: [redirectTo({ path: full("/there") })] }] },
        },
      ),
      { dev: false },
    );
  });

  it.each([
    ["/full/one/two?q=1", "/one?q=1"],
    ["/prefix/one/two", "/one/two"],
    ["/prefix/one", "/one"],
    ["/strip/three", "/three"],
    ["/strip", "/"],
    ["/strip/", "/"],
    ["/strip/a%2Fb/%C3%A9?x=%20", "/a%2Fb/%C3%A9?x=%20"],
    ["/based/y", "/base/x/y"],
    ["/backend/y", "/of-the-backend/y"],
  ])("of %s are rewritten to %s", async (path, expected) => {
    const answer = await ask(edge, path);
    expect([answer.status, last.url]).toEqual([200, expected]);
  });

  it("and hosts: the rewritten one is forwarded, since Host is the URL's on this platform", async () => {
    await ask(edge, "/hosted/x", { host: "shop.test" });
    expect(last.url).toBe("/hosted/x");
    expect(last.headers["x-forwarded-host"]).toBe("one.example");
  });

  it.each([
    ["/moved/x?q=1", "a.test:8080", 301, "https://new.example/moved/x?q=1"],
    ["/old/x?q=1", "a.test", 308, "http://a.test/new/x?q=1"],
    ["/old", "a.test:8080", 308, "http://a.test:8080/new"],
    ["/old", "a.test:80", 308, "http://a.test/new"],
    ["/gone/x?q=1", "a.test", 303, "http://a.test/"],
    ["/port/x", "a.test", 307, "http://a.test:8443/port/x"],
    ["/port/x", "[::1]:90", 307, "http://[::1]:8443/port/x"],
    ["/by-backend/x", "a.test", 302, "http://a.test/there"],
  ])("%s of %s redirects with %d to %s", async (path, host, status, location) => {
    const answer = await ask(edge, path, { host });
    expect([answer.status, answer.headers.location, answer.text]).toEqual([status, location, ""]);
  });

  it("are rewritten for every method and its body", async () => {
    const answer = await ask(edge, "/full", { method: "POST", body: "hello" });
    expect([answer.status, last.method, last.url]).toEqual([200, "POST", "/one"]);
  });
});
