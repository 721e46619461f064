/** The heddle command as its users run it: real processes, real workerd, real origins on loopback. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { LocalMesh } from "../../src/cli/context/local-mesh.ts";
import { type Origin, startOrigin } from "../../src/cli/origin/start-origin.ts";
import { endAllCli, isAlive, runCli, startCli, startCliByNpm } from "./cli-process.ts";
import { watchStandstill } from "./harness/standstill.ts";

let folder: string;
let aws: Origin;
let gcp: Origin;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "heddle-test-"));
  [aws, gcp] = await Promise.all([startOrigin({ name: "aws" }), startOrigin({ name: "gcp" })]);
});
afterEach(endAllCli);
afterAll(async () => {
  await Promise.all([aws.close(), gcp.close()]);
  rmSync(folder, { recursive: true });
});

const endpoint = ({ name, url }: Origin) => `{ id: ${name}, url: "${url}", locality: { cloud: ${name} } }`;
const yaml = (...origins: readonly Origin[]) => `services:
  shop:
    endpoints: [${origins.map(endpoint).join(", ")}]
routes:
  - rules: [{ backendRefs: [{ service: shop }] }]
`;

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

interface Ready {
  readonly url: string;
  readonly control?: string;
  readonly pid: number;
  readonly version: string;
}

async function startDev(config: string, ...more: readonly string[]) {
  const cli = startCli(["dev", "--config", config, "--port", "0", "--json", ...more], folder);
  const ready = JSON.parse(await cli.line(/"ready"/)) as Ready;
  return { cli, ...ready };
}

/** The breaker of an endpoint in every monitor's stored rows. */
function storedBreakers(stateDir: string, id: string): string[] {
  const monitors = join(stateDir, "heddle-ServiceMonitor");
  const files = readdirSync(monitors).filter((name) => /^[0-9a-f]+\.sqlite$/.test(name));
  return files.flatMap((name) => {
    const database = new DatabaseSync(join(monitors, name), { readOnly: true });
    try {
      const rows = database.prepare("SELECT data FROM endpoint WHERE key = ?").all(id) as { data: string }[];
      return rows.map(({ data }) => /"state":"([a-z-]+)"/.exec(data)?.[1] ?? "");
    } catch {
      return []; // Nothing written yet: no table.
    } finally {
      database.close();
    }
  });
}

const edgeFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("heddle-edge-"));
const endpointOf = async (url: string) => (await fetch(url)).headers.get("x-heddle-endpoint");

describe("heddle validate", () => {
  it("ends with 0 for a good config", async () => {
    const { code, stdout } = await runCli(["validate", write("good.yaml", yaml(aws, gcp))], folder);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^ok good\.yaml: 1 service, 2 endpoints, 1 route/)]);
  });

  it("ends with 1 and every fault, with path, line and suggestion", async () => {
    const text = yaml(aws).replace("endpoints:", "endpointz:").replace("service: shop", "service: shp");
    const { code, stderr } = await runCli(["validate", write("bad.yaml", text)], folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/bad\.yaml:3:5 services\.shop\.endpointz: .*did you mean endpoints\?/);
    expect(stderr).toMatch(/bad\.yaml:5:\d+ routes\[0\]\.rules\[0\]\.backendRefs\[0\]\.service: .*did you mean shop\?/);
  });

  it("ends with 1 for a file that is not there, and with 2 for wrong usage", async () => {
    const [missing, misused] = await Promise.all([
      runCli(["validate", "missing.yaml", "--json"], folder),
      runCli(["validate", "--frobnicate"], folder),
    ]);
    expect(missing.code).toBe(1);
    expect(JSON.parse(missing.stdout)).toMatchObject({ ok: false, faults: [{ message: "there is no such file" }] });
    expect([misused.code, misused.stderr]).toEqual([2, expect.stringContaining("no option --frobnicate")]);
  });
});

describe("heddle compile", () => {
  it("writes the mesh, and writes nothing over it for a bad config", async () => {
    const out = join(folder, "new/mesh.json");
    expect((await runCli(["compile", write("good.yaml", yaml(aws)), "--out", out], folder)).code).toBe(0);
    const mesh = readFileSync(out, "utf8");
    expect(JSON.parse(mesh)).toMatchObject({ format: 2, services: [{ name: "shop" }] });
    expect((await runCli(["compile", write("bad.yaml", "services: { shop: 1 }"), "--out", out], folder)).code).toBe(1);
    expect(readFileSync(out, "utf8")).toBe(mesh);
  });
});

describe("heddle dev", () => {
  it("prints one line with ready and the URL, and answers with the endpoint and the attempts", async () => {
    const cli = startCli(["dev", "--config", write("one.yaml", yaml(aws)), "--port", "0", "--no-control"], folder);
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await cli.line(/ready/))![0];
    const answer = await fetch(`${url}/cart?x=1`, { method: "POST", body: "hello" });
    expect(await answer.json()).toMatchObject({ origin: "aws", method: "POST", path: "/cart?x=1" });
    expect(answer.headers.get("x-heddle-endpoint")).toBe("aws");
    expect(answer.headers.get("x-heddle-attempts")).toBe("aws:ok");
    expect(cli.lines).toHaveLength(1);
  });

  it("has secrets of .dev.vars beside the config, and tells which are missing", async () => {
    const seen: unknown[] = [];
    const origin = await startOrigin({ name: "own", onRequest: ({ headers }) => seen.push(headers["x-origin-key"]) });
    const place = mkdtempSync(join(folder, "secrets-"));
    const endpointWith = (id: string, secret: string) =>
      `{ id: ${id}, url: "${origin.url}", headers: { x-origin-key: { secret: ${secret} } } }`;
    writeFileSync(join(place, ".dev.vars"), "THERE=for-own\n");
    writeFileSync(
      join(place, "heddle.yaml"),
      `services:
  shop: { endpoints: [${endpointWith("own", "THERE")}, ${endpointWith("lacks", "NOT_THERE")}] }
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]
`,
    );
    try {
      const { cli, url } = await startDev(join(place, "heddle.yaml"), "--no-control");
      expect(JSON.parse(await cli.line(/secrets-missing/)).missing).toEqual([
        { name: "NOT_THERE", use: expect.stringContaining("x-origin-key") },
      ]);
      expect([(await fetch(url)).status, seen]).toEqual([200, ["for-own"]]);
      expect(await (await fetch(`${url}/.heddle/state`)).text()).not.toContain("for-own");
    } finally {
      await endAllCli();
      await origin.close();
    }
  });

  it.each(["json", "ts"])("runs a config in %s", async (format) => {
    const config = {
      services: { shop: { endpoints: [{ id: "aws", url: aws.url }] } },
      routes: [{ rules: [{ backendRefs: [{ service: "shop" }] }] }],
    };
    const text = JSON.stringify(config);
    const path =
      format === "json"
        ? write("mesh.json", text)
        : write("heddle.config.ts", `import { defineMesh } from "heddle";\nexport default defineMesh(${text});`);
    const { url } = await startDev(path);
    expect(await endpointOf(url)).toBe("aws");
  });

  it.each([
    ["through the control plane", []],
    ["by itself without one", ["--no-control"]],
  ])("reloads a changed config %s, and keeps the last good one over a bad edit", async (_, more) => {
    const config = write("edited.yaml", yaml(aws));
    const { cli, url, version } = await startDev(config, ...more);
    expect(await endpointOf(url)).toBe("aws");

    write("edited.yaml", yaml(gcp));
    const reloaded = JSON.parse(await cli.line(/"reloaded"/)) as Ready & { number?: number };
    expect(reloaded.version).not.toBe(version);
    // With a control plane the config that it started with is version 1.
    expect(reloaded.number).toBe(more.length === 0 ? 2 : undefined);
    expect(await endpointOf(url)).toBe("gcp");

    write("edited.yaml", yaml(gcp).replace("endpoints:", "endpointz:"));
    expect(JSON.parse(await cli.line(/"rejected"/))).toMatchObject({
      faults: expect.arrayContaining([expect.objectContaining({ suggestion: "endpoints", line: 3 })]),
      stays: reloaded.version,
    });
    expect(await endpointOf(url)).toBe("gcp");

    write("edited.yaml", yaml(aws));
    await vi.waitFor(async () => expect(await endpointOf(url)).toBe("aws"), { timeout: 60_000 });
    expect(isAlive(cli.child.pid!)).toBe(true);
  });

  it("tells other commands where it is while it runs, and nobody else", async () => {
    const { cli, url, control } = await startDev(write("one.yaml", yaml(aws)));
    const file = join(folder, ".heddle/local.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const local = JSON.parse(readFileSync(file, "utf8")) as LocalMesh;
    expect(local).toEqual({ pid: cli.child.pid, control, edge: url, token: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect((await fetch(`${local.control}/livez`)).status).toBe(200);
    expect(cli.lines.join()).not.toContain(local.token);
    const { items } = JSON.parse((await runCli(["history", "--json"], folder)).stdout) as { items: unknown[] };
    expect(items).toMatchObject([{ version: 1, message: "heddle dev was started with one.yaml" }]);
    await cli.end();
    expect(existsSync(file)).toBe(false);
  });

  it("takes a free port for the control plane when the usual one is taken, but not when another one was asked for", async () => {
    const config = write("one.yaml", yaml(aws));
    const [first, second] = await Promise.all([startDev(config), startDev(config)]);
    expect(first.control).not.toBe(second.control);
    const taken = new URL(second.control!).port;
    const { code, stderr } = await runCli(["dev", "-c", config, "--port", "0", "--control-port", taken], folder);
    expect(code).toBe(1);
    expect(stderr).toContain(`127.0.0.1:${taken} is already in use`);
    expect(stderr).toContain("--control-port");
  });

  it("refuses to start on a config with faults, a missing config and a port in use", async () => {
    const [bad, missing, taken] = await Promise.all([
      runCli(["dev", "--config", write("bad.yaml", "services: {}"), "--port", "0"], folder),
      runCli(["dev", "--config", "missing.yaml", "--port", "0"], folder),
      runCli(["dev", "--config", write("one.yaml", yaml(aws)), "--port", String(gcp.port)], folder),
    ]);
    expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining("bad.yaml:1")]);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("there is no such file")]);
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining(`127.0.0.1:${gcp.port} is already in use`)]);
    expect(taken.stderr).toContain("--port");
  });

  it.each(["SIGTERM", "SIGINT"] as const)("ends within 5 s of %s and leaves no process behind", async (signal) => {
    const { cli, url, pid } = await startDev(write("one.yaml", yaml(aws)));
    await aws.setFault({ hang: true });
    const pending = fetch(url).catch(() => {});
    await vi.waitFor(() => expect(aws.stats().inFlight).toBe(1), { timeout: 60_000 });
    const exit = await cli.end(signal);
    expect(exit.code).toBe(0);
    expect(exit.tookMs).toBeLessThan(5_000);
    expect(isAlive(pid)).toBe(false);
    await pending;
    await aws.setFault({});
  });

  it("leaves no process and no files behind when it is killed itself", async () => {
    const before = new Set(edgeFolders());
    const { cli, pid } = await startDev(write("one.yaml", yaml(aws)));
    const own = edgeFolders().filter((name) => !before.has(name));
    expect(own).not.toEqual([]);
    await cli.end("SIGKILL");
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 60_000 });
    await vi.waitFor(() => expect(edgeFolders()).not.toEqual(expect.arrayContaining(own)), { timeout: 60_000 });
  });

  it("ends with npm when it was started through it", async () => {
    const config = write("one.yaml", yaml(aws));
    const cli = startCliByNpm(["dev", "--config", config, "--port", "0", "--json"]);
    const { pid } = JSON.parse(await cli.line(/"ready"/)) as Ready;
    expect((await cli.end("SIGTERM")).tookMs).toBeLessThan(5_000);
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 60_000 });
  });

  it("ends with 1 and the last words when workerd dies", async () => {
    const { cli, pid } = await startDev(write("one.yaml", yaml(aws)));
    process.kill(pid, "SIGKILL");
    const { code, stdout } = await cli.exited;
    expect(code).toBe(1);
    expect(stdout).toContain("workerd ended (signal SIGKILL)");
  });
});

describe("heddle dev --state", () => {
  it("remembers an open breaker across a restart", async () => {
    // Round robin goes on asking aws until it is ejected; adaptive would leave it alone before the breaker has to open.
    const settings = "loadBalancing: { policy: round-robin }\n    circuitBreaker: { threshold: 2 }\nroutes:";
    const config = write("state.yaml", yaml(aws, gcp).replace("routes:", `    ${settings}`));
    const stateOf = async (url: string) => {
      const answer = (await (await fetch(`${url}/.heddle/state`)).json()) as {
        services: { snapshotAgeMs: number | null; endpoints: { id: string; breaker: string }[] }[];
      };
      const { snapshotAgeMs, endpoints } = answer.services[0]!;
      return { snapshotAgeMs, aws: endpoints.find(({ id }) => id === "aws")!.breaker };
    };
    const state = join(folder, "state");
    await aws.setFault({ refuse: true });
    const first = await startDev(config, "--state", state);
    await vi.waitFor(
      async () => {
        expect((await fetch(first.url)).status).toBe(200);
        expect((await stateOf(first.url)).aws).toBe("open");
      },
      { timeout: 60_000, interval: 20 },
    );
    // Objects write what they know by and by, not on every change.
    await vi.waitFor(() => expect(storedBreakers(state, "aws").join()).toMatch(/open/), {
      timeout: 60_000,
      interval: 250,
    });
    await first.cli.end();
    const second = await startDev(config, "--state", state);
    await vi.waitFor(
      async () => {
        expect((await fetch(second.url)).status).toBe(200);
        expect((await stateOf(second.url)).snapshotAgeMs).not.toBeNull();
      },
      { timeout: 60_000, interval: 100 },
    );
    expect((await stateOf(second.url)).aws).not.toBe("closed");
    await aws.setFault({});
  });
});

describe("heddle explain", () => {
  it("shows route, candidates and the winner of a running edge", async () => {
    const { url } = await startDev(write("two.yaml", yaml(aws, gcp)));
    const text = await runCli(["explain", `${url}/cart`, "-X", "post", "-H", "x-user: 7"], folder);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/POST http.*\/cart\n/);
    expect(text.stdout).toMatch(/service shop .*policy adaptive/);
    expect(text.stdout).toMatch(/aws +closed +\d+\.\d %/);
    expect(text.stdout).toMatch(/(aws|gcp) has the highest probability/);
    const json = await runCli(["explain", "https://shop.example.com/", "--edge", url, "--json"], folder);
    expect(JSON.parse(json.stdout)).toMatchObject({
      request: { method: "GET", url: "https://shop.example.com/" },
      backends: [{ service: "shop", candidates: [{ id: "aws" }, { id: "gcp" }] }],
    });
  });

  it("explains from a config alone, and ends with 1 when no route matches", async () => {
    const config = write("host.yaml", yaml(aws).replace("- rules", "- hostnames: [shop.example.com]\n    rules"));
    const [match, none] = await Promise.all(
      ["shop", "other"].map((host) => runCli(["explain", `http://${host}.example.com/`, "--config", config], folder)),
    );
    expect([match!.code, none!.code]).toEqual([0, 1]);
    expect(none!.stdout).toContain("no route matches");
  });

  it("ends with 3 when no edge answers, with 1 when it is none, and with 2 for what is no URL", async () => {
    const found = await Promise.all(
      [["http://127.0.0.1:1/"], [gcp.url], ["shop.example.com/"]].map((args) => runCli(["explain", ...args], folder)),
    );
    expect(found.map(({ code }) => code)).toEqual([3, 1, 2]);
    expect(found[0]!.stderr).toContain("no edge answers at http://127.0.0.1:1");
    expect(found[1]!.stderr).toContain("is it a Heddle edge?");
    expect(found[2]!.stderr).toContain("did you mean http://shop.example.com/?");
  });
});

describe("heddle demo and heddle chaos", () => {
  it("shows traffic leave a broken origin within two seconds and come back, without a failed request", async () => {
    const cli = startCli(["demo", "--port", "0", "--rps", "100", "--json"], folder);
    const { switchboard } = JSON.parse(await cli.line(/"ready"/)) as { switchboard: string };
    interface Frame {
      readonly failedTotal: number;
      readonly origins: readonly { readonly name: string; readonly share: number; readonly fault: string }[];
    }
    const frames = () => cli.lines.slice(1).map((line) => JSON.parse(line) as Frame);
    const awsIn = ({ origins }: Frame) => origins.find(({ name }) => name === "aws")!;
    const share = () => awsIn(frames().at(-1)!);
    const isBack = () => vi.waitFor(() => expect(share().share).toBeGreaterThan(0.1), { timeout: 60_000 });
    const outage = async () => {
      const [begun, failed] = [frames().length, frames().at(-1)!.failedTotal];
      expect((await runCli(["chaos", "aws", "refuse"], folder)).code).toBe(0);
      await vi.waitFor(() => expect(share()).toMatchObject({ share: 0, fault: "refuse" }), { timeout: 60_000 });
      expect((await runCli(["chaos"], folder)).stdout).toMatch(/aws +refuse/);
      expect((await runCli(["chaos", "aws", "heal", "--switchboard", switchboard], folder)).code).toBe(0);
      await isBack();
      const broken = frames()
        .slice(begun)
        .filter((frame) => awsIn(frame).fault === "refuse");
      const movedAfter = broken.findIndex((frame) => awsIn(frame).share === 0);
      return { movedAfter, failed: frames().at(-1)!.failedTotal - failed };
    };
    await isBack();
    // Frames come once a second and look back one second: a move within 2 s shows in the fourth that has the fault.
    const holds = ({ movedAfter, failed }: Awaited<ReturnType<typeof outage>>) => movedAfter <= 3 && failed === 0;
    let found = await outage();
    for (let again = 0; again < 3 && !holds(found); again++) {
      // A machine that stands still for as long as an attempt may take says nothing: it is done again while one watches.
      const standstill = watchStandstill();
      found = await outage();
      if (standstill.longestMs() < 500) break;
    }
    expect(found).toSatisfy(holds);
    expect((await cli.end()).code).toBe(0);
    expect((await runCli(["chaos"], folder)).stderr).toContain("no demo runs from this folder");
  });

  it("ends by itself after --for", async () => {
    const { code, stdout } = await runCli(["demo", "--port", "0", "--for", "2s", "--no-traffic"], folder);
    expect(code).toBe(0);
    expect(stdout).toContain("chaos aws hang");
  });
});
