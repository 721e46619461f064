import { describe, expect, it } from "vitest";
import { CODE_CLASSES, codeClass, FLAGS, flagCode, METHODS, methodCode } from "../../../../src/core/traffic/labels.ts";

describe("labels", () => {
  it("names every method of its list, and others by the first", () => {
    for (const method of METHODS.slice(1)) expect(METHODS[methodCode(method)]).toBe(method);
    expect(["PURGE", "get", ""].map((method) => METHODS[methodCode(method)])).toEqual(["other", "other", "other"]);
  });

  it("puts a status into its class", () => {
    const classes = [101, 200, 304, 499, 599, 0, 600, 99].map((status) => CODE_CLASSES[codeClass(status)]);
    expect(classes).toEqual(["1xx", "2xx", "3xx", "4xx", "5xx", "other", "other", "other"]);
  });

  it("names every flag of its list, and none", () => {
    for (const flag of FLAGS) expect(FLAGS[flagCode(flag)]).toBe(flag);
    expect(FLAGS[flagCode("ZZ")]).toBe("other");
  });

  it("has room for all of them in a packed key", () => {
    expect([METHODS.length <= 8, CODE_CLASSES.length <= 8, FLAGS.length <= 32]).toEqual([true, true, true]);
  });
});
