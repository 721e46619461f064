import { describe, expect, it } from "vitest";
import { credentialIn } from "../../../../src/security/authn/credential-place.ts";
import { callerOf } from "./providers.ts";

const bearer = { type: "header", name: "authorization", prefix: "Bearer " } as const;
const cookie = { type: "cookie", name: "session" } as const;
const inHeader = (authorization: string) => credentialIn(bearer, callerOf({ authorization }));
const inCookie = (text: string) => credentialIn(cookie, callerOf({ cookie: text }));

describe("a credential of a scheme", () => {
  it.each(["Bearer t", "bearer t", "BEARER   t", "Bearer\tt", "Bearer \t t"])("is what follows it: %j", (text) => {
    expect(inHeader(text)).toBe("t");
  });

  it.each(["Basic t", "Bearert", "Bearers t", "Bearer", "xBearer t"])("is not in %j", (text) => {
    expect(inHeader(text)).toBeNull();
  });

  it.each(["Basic x, Bearer t", "Basic x,bearer t", "Bearer t, Basic x", "x , Bearer\tt"])(
    "beside another one is none that is good: %j",
    (text) => {
      expect(inHeader(text)).toMatch(/,/);
    },
  );
});

describe("a cookie", () => {
  it.each([
    ["session=t", "t"],
    ["a=1; session=t", "t"],
    ["a=1;session = t ;b=2", "t"],
    ['session="t"', "t"],
    ["a=1; mysession=t", null],
    ["a=x,mysession=t", null],
    ["a=session", null],
    ["a=1,2; b=session", null],
  ])("is found by its name: %j", (text, found) => {
    expect(inCookie(text)).toBe(found);
  });

  // Two Cookie lines become one with a comma, which some origins take for another separator.
  it.each(["a=1, session=t", "a=1,session=t", "a=1 , session =t", "session=t, session=u", "a=1, session=t; session=u"])(
    "that somebody else may read otherwise is none that is good: %j",
    (text) => {
      expect(inCookie(text)).toMatch(/,/);
    },
  );
});

describe("a parameter", () => {
  const inQuery = (query: string) =>
    credentialIn({ type: "query", name: "key" }, callerOf({}, { url: `https://shop.example.com/${query}` }));

  it.each([
    ["", null],
    ["?key=t", "t"],
    ["?a=1&k%65y=%74", "t"],
    ["?a=1;b=2&key=t", "t"],
    ["?keys=t", null],
    ["?a=key", null],
  ])("is found by its name: %j", (query, found) => {
    expect(inQuery(query)).toBe(found);
  });

  it.each(["?key=t&key=u", "?key=t&key=t", "?a=1;key=t", "?key=t&a=1;key=u", "?key=t;key=u"])(
    "that somebody else may read otherwise is none that is good: %j",
    (query) => {
      expect(inQuery(query)).toMatch(/,/);
    },
  );
});
