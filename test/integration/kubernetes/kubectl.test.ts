/** The server that the Kubernetes source is tested against is one: the real kubectl takes it for one. */
import { generate } from "selfsigned";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Kubectl, kubectlFor, type Ran } from "./kubectl.ts";
import { type KubernetesServer, startKubernetes } from "./server/start.ts";
import { until } from "./until.ts";

let server: KubernetesServer;
let kubectl: Kubectl;

beforeAll(async () => {
  const { private: key, cert } = await generate([{ name: "commonName", value: "127.0.0.1" }]);
  const authorize = (token: string, verb: string) => {
    if (token === "reader") return ["get", "watch"].includes(verb) ? "yes" : "no";
    return token === "admin" ? "yes" : "who?";
  };
  server = await startKubernetes({ tls: { key, cert }, authorize });
  kubectl = kubectlFor(server);
  await kubectl.run(["version", "--client=true"]);
});

afterAll(async () => {
  kubectl?.close();
  await server?.stop();
});

const service = (name: string, port: number, more = "") => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: default, labels: { app: ${name} } }
spec: { selector: { app: ${name} }, ports: [{ name: http, port: ${port}, targetPort: 8080 }${more}] }
`;

const slice = (name: string, ...addresses: readonly string[]) => `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-1, namespace: default, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: http, port: 8080, protocol: TCP }]
endpoints: [${addresses.map((address) => `{ addresses: [${address}], conditions: { ready: true } }`).join(", ")}]
`;

async function good(args: string, stdin?: string): Promise<string> {
  const ran: Ran = await kubectl.run(args.split(" "), stdin);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  return ran.stdout;
}

const apply = (yaml: string) => good("apply -f -", yaml);
const object = async (what: string) => JSON.parse(await good(`get ${what} -o json`));

describe("kubectl, against the server", () => {
  it("learns its version and what it serves", async () => {
    expect(JSON.parse(await good("version -o json")).serverVersion.gitVersion).toBe("v1.32.0-heddle-test");
    expect((await good("api-resources --no-headers")).split("\n").map((line) => line.split(/ +/)[0])).toEqual(
      expect.arrayContaining(["services", "endpointslices", "namespaces"]),
    );
  });

  it("creates, prints in columns, and refuses to create twice", async () => {
    expect(await good("create -f -", service("made", 80))).toBe("service/made created\n");
    expect(await good("get svc made --no-headers")).toMatch(
      /^made +ClusterIP +10\.96\.0\.\d+ +<none> +80\/TCP +\d+s\n$/,
    );
    expect((await kubectl.run(["create", "-f", "-"], service("made", 80))).stderr).toContain("already exists");
  });

  it("applies again and again: created, unchanged, configured, by a patch that merges the ports", async () => {
    expect(await apply(service("shop", 80, ", { name: old, port: 81 }"))).toBe("service/shop created\n");
    expect(await apply(service("shop", 80, ", { name: old, port: 81 }"))).toBe("service/shop unchanged\n");
    expect(await apply(service("shop", 80, ", { name: admin, port: 9000 }"))).toBe("service/shop configured\n");
    expect((await object("svc shop")).spec.ports).toMatchObject([
      { name: "http", port: 80 },
      { name: "admin", port: 9_000 },
    ]);
    expect(await apply(slice("shop", "10.0.0.1"))).toBe("endpointslice.discovery.k8s.io/shop-1 created\n");
    expect(await apply(slice("shop", "10.0.0.1", "10.0.0.2"))).toContain("configured");
    expect(await good("get endpointslices shop-1 --no-headers")).toMatch(/IPv4 +8080 +10\.0\.0\.1,10\.0\.0\.2 /);
  });

  it("patches in each of the ways there are", async () => {
    await good(`patch svc shop -p {"metadata":{"labels":{"tier":"front"}}}`);
    await good(`patch svc shop --type=merge -p {"metadata":{"labels":{"app":null}}}`);
    await good(`patch svc shop --type=json -p [{"op":"add","path":"/metadata/labels/a~1b","value":"c"}]`);
    expect((await object("svc shop")).metadata.labels).toEqual({ tier: "front", "a/b": "c" });
    const failed = await kubectl.run(["patch", "svc", "shop", "--type=json", "-p", '[{"op":"remove","path":"/no"}]']);
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(/is not there|is invalid/) });
  });

  it("selects by label and by field, and lists page by page", async () => {
    for (let i = 0; i < 7; i++) await apply(service(`paged-${i}`, 80));
    expect((await good("get svc -l app=paged-3 -o name")).trim()).toBe("service/paged-3");
    expect((await good("get svc --field-selector metadata.name=paged-4 -o name")).trim()).toBe("service/paged-4");
    const before = server.requests.length;
    const names = (await good("get svc -o name --chunk-size=3")).trim().split("\n");
    expect(names.filter((name) => name.includes("paged"))).toHaveLength(7);
    const pages = server.requests.slice(before).filter(({ path }) => path.endsWith("/services"));
    expect(pages.length).toBeGreaterThanOrEqual(3);
    expect(pages.slice(1).every(({ query }) => query.get("continue") !== null)).toBe(true);
  });

  it("is refused an update from an old version, and one that is not valid", async () => {
    const old = await object("svc shop");
    await good("label svc shop more=labels");
    const late = await kubectl.run(["replace", "-f", "-"], JSON.stringify(old));
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining("the object has been modified") });
    const broken = await kubectl.run(["apply", "-f", "-"], service("broken", 99_999));
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining("must be between 1 and 65535") });
  });

  it("watches: what there is, then each change as it is made", async () => {
    const watch = kubectl.follow(["get", "endpointslices", "-w", "--output-watch-events", "--no-headers"]);
    const seen = () => watch.lines.map((line) => line.split(/ +/).slice(0, 5).join(" "));
    const ofWatched = () => seen().filter((line) => line.includes(" watched-1 "));
    await until(() => seen().length > 0);
    await apply(slice("watched", "10.0.0.1"));
    await until(() => ofWatched().length >= 1);
    await apply(slice("watched", "10.0.0.1", "10.0.0.2"));
    await good("delete endpointslice watched-1");
    await until(() => ofWatched().length >= 3);
    expect(ofWatched()).toEqual([
      "ADDED watched-1 IPv4 8080 10.0.0.1",
      "MODIFIED watched-1 IPv4 8080 10.0.0.1,10.0.0.2",
      "DELETED watched-1 IPv4 8080 10.0.0.1,10.0.0.2",
    ]);
    watch.end();
  });

  it("deletes, waits until it is gone, and finds nothing after that", async () => {
    expect(await good("delete svc shop made")).toBe('service "shop" deleted\nservice "made" deleted\n');
    expect(await kubectl.run(["get", "svc", "shop"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('services "shop" not found'),
    });
    expect(await kubectl.run(["apply", "-f", "-"], service("x", 80).replace("default", "nowhere"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('namespaces "nowhere" not found'),
    });
  });

  it("is turned away without a token that is known, or that may do it", async () => {
    const nobody = kubectlFor(server, "nobody");
    const reader = kubectlFor(server, "reader");
    expect((await nobody.run(["get", "svc"])).stderr).toContain("You must be logged in to the server");
    expect((await reader.run(["get", "svc"])).code).toBe(0);
    expect((await reader.run(["delete", "svc", "--all"])).stderr).toContain("Forbidden");
    nobody.close();
    reader.close();
  });
});
