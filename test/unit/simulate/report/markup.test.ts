import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeText, html, jsonForScript, trusted } from "../../../../src/simulate/report/markup.ts";

describe("html", () => {
  it("escapes text and numbers, keeps markup, joins lists and leaves null out", () => {
    expect(html`<p title="${'"'}">${"<b>"} ${1} ${trusted("<i>")}${[html`<u>`, "&"]}${null}</p>`.markup).toBe(
      '<p title="&quot;">&lt;b&gt; 1 <i><u>&amp;</p>',
    );
  });
});

describe("escapeText", () => {
  it("leaves nothing that could start a tag or end an attribute", () => {
    fc.assert(fc.property(fc.string(), (text) => !/[<>"']/.test(escapeText(text))));
  });
});

describe("jsonForScript", () => {
  it("is the same value, and ends no script", () => {
    const value = { name: "</script><!--", line: "\u2028" };
    const { markup } = jsonForScript(value);
    expect(markup).not.toMatch(/[<>\u2028]/);
    expect(JSON.parse(markup)).toEqual(value);
  });
});
