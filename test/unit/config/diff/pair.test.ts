import { describe, expect, it } from "vitest";
import { pair } from "../../../../src/config/diff/pair.ts";

interface Thing {
  readonly name: string;
  readonly is: string;
  readonly like: string;
}
const thing = (name: string, is: string, like = is): Thing => ({ name, is, like });
const paired = (before: readonly Thing[], after: readonly Thing[]) => {
  const { pairs, added, removed } = pair(
    before,
    after,
    (name) => /^\d$/.test(name),
    ({ is, like }) => [is, like],
  );
  return {
    pairs: pairs.map(([a, b]) => `${a.name}=${b.name}`),
    added: added.map(({ name }) => name),
    removed: removed.map(({ name }) => name),
  };
};

describe("pairing", () => {
  it("goes by name where there is one, whatever else has changed", () => {
    expect(paired([thing("a", "x"), thing("b", "y")], [thing("b", "z"), thing("c", "x")])).toEqual({
      pairs: ["b=b"],
      added: ["c"],
      removed: ["a"],
    });
  });

  it("knows numbered things again by what they are, then by what they are like, then by their number", () => {
    expect(
      paired(
        [thing("0", "x", "l"), thing("1", "y", "m"), thing("2", "z")],
        [thing("0", "new"), thing("1", "x", "l"), thing("2", "w", "m"), thing("3", "v")],
      ),
    ).toEqual({ pairs: ["0=1", "1=2"], added: ["0", "3"], removed: ["2"] });
    expect(paired([thing("0", "x")], [thing("0", "y")])).toEqual({ pairs: ["0=0"], added: [], removed: [] });
  });

  it("pairs each thing once, however many are alike", () => {
    expect(paired([thing("0", "x"), thing("1", "x")], [thing("0", "x")])).toEqual({
      pairs: ["0=0"],
      added: [],
      removed: ["1"],
    });
  });
});
