import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { readArguments } from "../../../../src/cli/arguments.ts";
import { COMMANDS } from "../../../../src/cli/commands.ts";
import type { Project } from "../../../../src/cli/init/project.ts";
import { projectFiles, WORKFLOW, WRANGLER } from "../../../../src/cli/init/project-files.ts";
import { installation } from "../../../../src/cli/installation.ts";
import { parseConfig } from "../../../../src/config/decode.ts";

const project: Project = {
  name: "shop",
  endpoints: [
    { id: "aws", url: "https://a.example", cloud: "aws", region: "us-east-1" },
    { id: "b", url: "https://b.example/base", cloud: "", region: "" },
  ],
  hosts: ["shop.example.com", "*.example.org"],
  healthPath: "/healthz",
};
const textOf = (path: string, of: Project = project) =>
  projectFiles(of, "/srv/shop").find((file) => file.path === path)!.text;

describe("the files of a project", () => {
  it("has a config without faults", () => {
    const decoded = parseConfig(textOf("heddle.yaml"), { file: "heddle.yaml" });
    expect(decoded).toMatchObject({
      ok: true,
      config: { services: { shop: { endpoints: [{ id: "aws" }, { id: "b", url: "https://b.example/base" }] } } },
    });
  });

  it("deploys both Workers as this heddle is deployed, under names of its own", () => {
    const edge = parse(textOf("wrangler.toml"));
    const ownEdge = parse(readFileSync(installation().edgeDeployment, "utf8"));
    expect(edge).toMatchObject({
      name: "shop-edge",
      main: "src/edge.ts",
      routes: [
        { pattern: "shop.example.com", custom_domain: true },
        { pattern: "*.example.org/*", zone_name: "example.org" },
      ],
    });
    expect([edge.durable_objects, edge.exports]).toEqual([ownEdge.durable_objects, ownEdge.exports]);
    const control = textOf("wrangler.control.toml");
    expect(parse(control)).toMatchObject({ name: "shop-control", services: [{ service: "shop-edge" }] });
    expect(control).not.toContain("heddle-edge");
    expect(control).not.toContain("workers/control");
    expect(textOf("wrangler.toml", { ...project, hosts: [] })).not.toContain("routes");
  });

  it("uses the Wrangler that this heddle is deployed with", () => {
    const own = JSON.parse(readFileSync(new URL("../../../../package.json", import.meta.url), "utf8")) as {
      devDependencies: { wrangler: string };
    };
    expect(WRANGLER).toBe(own.devDependencies.wrangler);
  });

  it("has a workflow that is YAML and asks for nothing that the command does not know", () => {
    const workflow = parseYaml(textOf(WORKFLOW)) as { jobs: { config: { steps: { run?: string }[] } } };
    const lines = workflow.jobs.config.steps.flatMap(({ run }) => run?.match(/npx heddle [^|"]+/g) ?? []);
    expect(lines).toHaveLength(3);
    const written = textOf("README.md").match(/npx heddle [^#\n`]+/g) ?? [];
    for (const line of [...lines, ...written]) {
      const [, , name, ...words] = line.trim().split(/\s+/);
      const spec = COMMANDS.find((command) => command.name === name);
      expect(spec, line).toBeDefined();
      // The message's text is left out of the line.
      expect(() => readArguments(spec!, words.at(-1) === "--message" ? words.slice(0, -1) : words), line).not.toThrow();
    }
  });
});
