import { describe, expect, it } from "vitest";
import { isSameTarget, parseTarget, targetText } from "../../../../src/cli/control/target.ts";

describe("what an operator means", () => {
  it.each([
    ["aws-1", { endpoint: "aws-1" }],
    ["cloud:aws", { cloud: "aws" }],
    ["region:aws/us-east-1", { cloud: "aws", region: "us-east-1" }],
    ["region:own/rack/7", { cloud: "own", region: "rack/7" }],
    ["shop:8080", { endpoint: "shop:8080" }],
  ])("%s is %j, and is written so", (text, target) => {
    expect(parseTarget(text)).toEqual(target);
    expect(targetText(target)).toBe(text);
  });

  it.each(["", "cloud:", "cloud:aws/us-east-1", "region:aws", "region:/x", "region:aws/"])("refuses %j", (text) => {
    expect(() => parseTarget(text)).toThrow("is no target");
  });

  it("tells an endpoint from a cloud that is written alike", () => {
    expect(isSameTarget({ endpoint: "cloud:aws" }, { cloud: "aws" })).toBe(false);
    expect(isSameTarget({ cloud: "aws" }, { cloud: "aws" })).toBe(true);
  });
});
