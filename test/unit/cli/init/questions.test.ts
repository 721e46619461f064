import { describe, expect, it } from "vitest";
import { readArguments } from "../../../../src/cli/arguments.ts";
import { COMMANDS } from "../../../../src/cli/commands.ts";
import { type Asking, describeProject } from "../../../../src/cli/init/questions.ts";

const spec = COMMANDS.find(({ name }) => name === "init")!;
const argumentsOf = (...words: string[]) => readArguments(spec, words);

/** Somebody who gives these answers, one after the other, and then leaves. */
function answering(...answers: string[]): Asking & { asked: string[]; complaints: string[] } {
  const asked: string[] = [];
  const complaints: string[] = [];
  return {
    asked,
    complaints,
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(answers.shift() ?? null);
    },
    complain: (text) => void complaints.push(text),
  };
}

describe("describeProject", () => {
  it("asks for what no option says, with a default", async () => {
    const asking = answering("", "aws=https://a.example", "gcp=https://b.example", "", "shop.example.com", "/healthz");
    expect(await describeProject(argumentsOf(), "/home/me/My Shop", asking)).toEqual({
      name: "my-shop",
      endpoints: [
        { id: "aws", url: "https://a.example", cloud: "aws", region: "" },
        { id: "gcp", url: "https://b.example", cloud: "gcp", region: "" },
      ],
      hosts: ["shop.example.com"],
      healthPath: "/healthz",
    });
    expect(asking.asked[0]).toBe("Name of the mesh [my-shop]: ");
    expect(asking.complaints).toEqual([]);
  });

  it("asks nothing that an option says", async () => {
    const asking = answering();
    const args = argumentsOf("-n", "shop", "-e", "a=https://a.example", "-r", "x.example.com", "--health-path", "/h");
    expect(await describeProject(args, "/tmp/x", asking)).toMatchObject({ name: "shop", hosts: ["x.example.com"] });
    expect(asking.asked).toEqual([]);
  });

  it("asks again after an answer that does not do, and says why", async () => {
    const asking = answering(
      "Shop!",
      "shop",
      "",
      "a.example",
      "a=https://a.example",
      "a=https://b.example",
      "",
      "",
      "h",
      "",
    );
    const project = await describeProject(argumentsOf(), "/tmp/x", asking);
    expect(project).toMatchObject({ name: "shop", endpoints: [{ id: "a" }], hosts: [], healthPath: "" });
    expect(asking.complaints).toEqual([
      expect.stringContaining("did you mean shop?"),
      "one is needed",
      expect.stringContaining("is no endpoint"),
      expect.stringContaining("two endpoints are called a"),
      expect.stringContaining("is no path"),
    ]);
  });

  it("writes nothing when the answers end", async () => {
    await expect(describeProject(argumentsOf(), "/tmp/x", answering("shop"))).rejects.toMatchObject({
      code: "cancelled",
    });
  });

  it("takes defaults where nobody can be asked, but wants endpoints", async () => {
    const args = argumentsOf("--yes", "-e", "a=https://a.example");
    expect(await describeProject(args, "/srv/Shop 2", null)).toMatchObject({
      name: "shop-2",
      hosts: [],
      healthPath: "",
    });
    await expect(describeProject(argumentsOf("--yes"), "/tmp/x", null)).rejects.toMatchObject({
      exitCode: 2,
      fix: expect.stringContaining("--endpoint"),
    });
  });
});
