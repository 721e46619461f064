import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../../../src/cli/commands.ts";
import { EXIT_CODES } from "../../../../src/cli/failure.ts";
import { ENVIRONMENT } from "../../../../src/cli/manual/environment.ts";
import { manualPage } from "../../../../src/cli/manual/man.ts";
import { manual } from "../../../../src/cli/manual/manual.ts";
import { manualMarkdown } from "../../../../src/cli/manual/markdown.ts";

const CLI = resolve(import.meta.dirname, "../../../../src/cli");
const blocks = manual(COMMANDS);

describe("the manual", () => {
  it("is in the repository as it is generated: node src/cli/main.ts manual --format markdown --out src/cli/MANUAL.md", () => {
    expect(readFileSync(join(CLI, "MANUAL.md"), "utf8")).toBe(manualMarkdown(blocks));
  });

  it.each([
    ["Markdown", manualMarkdown(blocks)],
    ["man", manualPage(blocks, "1.2.3").replaceAll("\\-", "-")],
  ])("says every command, option, exit code and variable in %s", (_, text) => {
    for (const { name, options } of COMMANDS) {
      expect(text).toContain(`heddle ${name}`);
      for (const option of Object.keys(options)) expect(text).toContain(`--${option}`);
    }
    for (const [code] of EXIT_CODES) expect(text).toMatch(new RegExp(`^(- \`${code}\`|\\\\fB${code}\\\\fR)`, "m"));
    for (const [name] of ENVIRONMENT) expect(text).toContain(name);
  });

  it("knows every environment variable of ours that the command reads", () => {
    const read = readdirSync(CLI, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.startsWith("init/") && !file.startsWith("workerd/"))
      .flatMap((file) => [
        ...readFileSync(join(CLI, file), "utf8").matchAll(
          /\benv\.(HEDDLE_\w+)|\{ (HEDDLE_\w+)[^}]*\}: NodeJS\.ProcessEnv/g,
        ),
      ])
      .map(([, name, destructured]) => name ?? destructured!);
    expect(read).not.toEqual([]);
    const known = ENVIRONMENT.map(([name]) => name);
    for (const name of read) expect(known).toContain(name);
  });

  it("keeps lines that are indented as they are, and joins the others to paragraphs", () => {
    const spec = { ...COMMANDS[0]!, notes: ["One", "sentence.", "  form   does", "  other  does", "Another."] };
    expect(manual([spec])).toEqual(
      expect.arrayContaining([
        { kind: "text", text: "One sentence." },
        { kind: "lines", lines: ["form   does", "other  does"] },
        { kind: "text", text: "Another." },
      ]),
    );
  });
});

describe("the manual page", () => {
  it("writes what troff would read as its own", () => {
    const page = manualPage(
      [
        { kind: "text", text: ".config, 'x' \\ – -h" },
        { kind: "terms", terms: [["-a", ".b"]] },
      ],
      "1.0.0",
    );
    expect(page).toContain("\n\\&.config, \\(aqx\\(aq \\(rs \\[u2013] \\-h\n");
    expect(page).toContain("\n.TP\n\\fB\\-a\\fR\n\\&.b\n");
  });

  const checkers = [
    ["groff", ["-man", "-ww", "-z", "-K", "utf8"]],
    ["mandoc", ["-Tlint", "-Wwarning"]],
  ] as const;
  it.each(checkers.filter(([program]) => spawnSync(program, ["--version"]).error === undefined))(
    "has no faults for %s",
    (program, words) => {
      const { stdout, stderr } = spawnSync(program, words, { input: manualPage(blocks, "1.2.3"), encoding: "utf8" });
      // mandoc wants a date, which would make the page another one every day; and knows no line longer than 80.
      const faults = `${stdout}${stderr}`
        .split("\n")
        .filter((line) => line !== "" && !/missing date|longer than/.test(line));
      expect(faults).toEqual([]);
    },
  );
});
