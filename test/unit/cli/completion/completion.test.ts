/** The scripts in the shells themselves, as far as they are on this machine; bash is on every one. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../../../src/cli/commands.ts";
import { bashCompletion } from "../../../../src/cli/completion/bash.ts";
import { fishCompletion } from "../../../../src/cli/completion/fish.ts";
import { completedCommands } from "../../../../src/cli/completion/model.ts";
import { zshCompletion } from "../../../../src/cli/completion/zsh.ts";
import { REGIONS } from "../../../../src/core/region.ts";

const commands = completedCommands(COMMANDS);
const scripts = { bash: bashCompletion(commands), zsh: zshCompletion(commands), fish: fishCompletion(commands) };
const names = COMMANDS.map(({ name }) => name);
const isHere = (shell: string) => spawnSync(shell, ["-c", "exit 0"]).status === 0;

let folder: string;
let scriptFolder: string;
beforeAll(() => {
  scriptFolder = mkdtempSync(join(tmpdir(), "heddle-test-"));
  folder = mkdtempSync(join(tmpdir(), "heddle-test-"));
  writeFileSync(join(folder, "my mesh.yaml"), "");
  mkdirSync(join(folder, "manifests"));
});
afterAll(() => {
  for (const made of [folder, scriptFolder]) rmSync(made, { recursive: true });
});

/** What bash offers for the last of these words. */
function inBash(...words: string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const ask = `COMP_WORDS=(heddle ${quoted}); COMP_CWORD=${words.length}; _heddle; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const said = execFileSync("bash", ["--norc", "-c", `${scripts.bash}\n${ask}`], { cwd: folder, encoding: "utf8" });
  return said
    .split("\n")
    .filter((line) => line !== "")
    .toSorted();
}

describe("completion in bash", () => {
  it("offers every command, and those that begin as the word does", () => {
    expect(inBash("")).toEqual([...names, "help"].toSorted());
    expect(inBash("vali")).toEqual(["validate"]);
    expect(inBash("--")).toEqual(["--help", "--version"]);
  });

  it.each(COMMANDS.map(({ name, options }) => [name, options] as const))(
    "offers every option of %s",
    (name, options) => {
      const forms = Object.entries(options).flatMap(([option, { short }]) => [
        `--${option}`,
        ...(short === undefined ? [] : [`-${short}`]),
      ]);
      expect(inBash(name, "-")).toEqual([...forms, "--help", "-h"].toSorted());
    },
  );

  it("offers files where an option takes one, folders where it takes that, and words that are known", () => {
    expect(inBash("dev", "--config", "")).toEqual(["manifests", "my mesh.yaml"]);
    expect(inBash("dev", "-c", "my")).toEqual(["my mesh.yaml"]);
    expect(inBash("dev", "--config", "=", "my")).toEqual(["my mesh.yaml"]);
    expect(inBash("dev", "--config", "=")).toEqual(["manifests", "my mesh.yaml"]);
    expect(inBash("dev", "--state", "")).toEqual(["manifests"]);
    expect(inBash("dev", "--region", "")).toEqual(REGIONS.toSorted());
    expect(inBash("dev", "--port", "")).toEqual([]);
  });

  it("offers what may be given as it is, and files as arguments", () => {
    expect(inBash("completion", "")).toEqual(["bash", "fish", "zsh"]);
    expect(inBash("help", "valid")).toEqual(["validate"]);
    expect(inBash("validate", "my")).toEqual(["my mesh.yaml"]);
  });
});

describe.each(["zsh", "fish"].filter(isHere))("completion in %s", (shell) => {
  it("is a script without faults", () => {
    const script = join(scriptFolder, `heddle.${shell}`);
    writeFileSync(script, scripts[shell as "zsh" | "fish"]);
    expect(spawnSync(shell, ["-n", script], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  });
});

describe.each(["fish"].filter(isHere))("completion in %s itself", (fish) => {
  const inFish = (line: string) =>
    execFileSync(fish, ["--no-config", "-c", `${scripts.fish}\ncomplete -C '${line}'`], {
      cwd: folder,
      encoding: "utf8",
    })
      .split("\n")
      .map((offer) => offer.split("\t")[0]!)
      .filter((offer) => offer !== "");

  it("offers commands, options and words", () => {
    expect(inFish("heddle ")).toEqual(expect.arrayContaining([...names]));
    expect(inFish("heddle dev --con")).toEqual(expect.arrayContaining(["--config", "--control-port"]));
    expect(inFish("heddle dev --region ").toSorted()).toEqual(REGIONS.toSorted());
    expect(inFish("heddle completion ").toSorted()).toEqual(["bash", "fish", "zsh"]);
  });
});

it.each(Object.entries(scripts))("says every command and option in the script for %s", (_, script) => {
  for (const { name, options } of COMMANDS) {
    expect(script).toContain(name);
    for (const option of Object.keys(options)) expect(script).toContain(option);
  }
});
