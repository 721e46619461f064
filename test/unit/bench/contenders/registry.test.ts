import { expect, it } from "vitest";
import { versionOf } from "../../../bench/contenders/program.ts";
import { CONTENDERS, lineup } from "../../../bench/contenders/registry.ts";

it("parts the contenders that are wanted into those installed and those not", () => {
  const { present, missing } = lineup(null);
  expect([...present.map(({ name }) => name), ...missing].sort()).toEqual(CONTENDERS.map(({ name }) => name).sort());
  // What comes with npm is always there.
  expect(present.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["heddle", "bare", "itty", "reflare", "hono"]),
  );
});

it("takes some of them, and refuses names that nobody has", () => {
  expect(lineup(["bare", "heddle"]).present.map(({ name }) => name)).toEqual(["heddle", "bare"]);
  expect(() => lineup(["apache"])).toThrow(/no contender is called apache/);
});

it("finds the version in what a program says, on stdout or stderr and whatever it exits with", () => {
  expect(versionOf("/bin/sh", ["-c", "echo tool/1.22.1 >&2; exit 1"])).toBe("1.22.1");
  expect(versionOf("/bin/sh", ["-c", "echo v2.6"])).toBe("2.6");
  expect(versionOf("no-such-program-here", [])).toBeNull();
});
