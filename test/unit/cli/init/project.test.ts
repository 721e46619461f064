import { describe, expect, it } from "vitest";
import {
  checkDistinct,
  nameFrom,
  readEndpoint,
  readHealthPath,
  readHost,
  readName,
  withLocalities,
} from "../../../../src/cli/init/project.ts";

describe("names", () => {
  it.each([
    ["shop", "shop"],
    ["My Shop_2", "my-shop-2"],
    ["2025-shop", "shop"],
    ["---", "mesh"],
    ["a".repeat(80), "a".repeat(55)],
  ])("makes a name of the folder %j", (folder, name) => {
    expect(nameFrom(folder)).toBe(name);
    expect(readName(name)).toBe(name);
  });

  it.each(["", "Shop", "shop-", "-shop", "2shop", "shop.example", "a".repeat(56)])("refuses %j", (name) => {
    expect(() => readName(name)).toThrow("cannot be the name of Workers");
  });
});

describe("readEndpoint", () => {
  it.each([
    [
      "a1=https://x.us-east-1.awsapprunner.com",
      { id: "a1", url: "https://x.us-east-1.awsapprunner.com", cloud: "aws" },
    ],
    ["main=https://shop-abc.run.app/v1/", { id: "main", url: "https://shop-abc.run.app/v1", cloud: "gcp" }],
    ["azure-2=https://shop.example.com", { id: "azure-2", url: "https://shop.example.com", cloud: "azure" }],
    ["one=http://127.0.0.1:9001", { id: "one", url: "http://127.0.0.1:9001", cloud: "" }],
    ["q=https://shop.example.com/a=b", { id: "q", url: "https://shop.example.com/a=b", cloud: "" }],
    ["not=https://notrun.app", { id: "not", url: "https://notrun.app", cloud: "" }],
  ])("reads %s, and the cloud where the address or the id tells it", (text, endpoint) => {
    expect(readEndpoint(text)).toMatchObject(endpoint);
  });

  it.each([
    ["https://shop.example.com", "is no endpoint"],
    ["=https://shop.example.com", "is no endpoint"],
    ["a b=https://shop.example.com", "is no endpoint"],
    ["aws=ftp://shop.example.com", "not an absolute http or https URL"],
    ["aws=", "not an absolute http or https URL"],
    ["aws=https://me:secret@shop.example.com", "credentials"],
    ["aws=https://shop.example.com/?a=1", "query"],
  ])("refuses %s", (text, why) => {
    expect(() => readEndpoint(text)).toThrow(why);
  });

  it("suggests the scheme that was left out", () => {
    try {
      readEndpoint("aws=shop.example.com");
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ fix: "did you mean aws=https://shop.example.com?" });
    }
  });

  it("wants ids that differ", () => {
    const twice = [readEndpoint("a=https://a.example"), readEndpoint("a=https://b.example")];
    expect(() => checkDistinct(twice)).toThrow("two endpoints are called a");
  });
});

describe("withLocalities", () => {
  const endpoints = [readEndpoint("aws=https://a.example"), readEndpoint("b=https://b.example")];

  it("takes the word of the user over the guess", () => {
    expect(withLocalities(endpoints, ["aws=gcp/europe-west1"])).toMatchObject([
      { id: "aws", cloud: "gcp", region: "europe-west1" },
      { id: "b", cloud: "", region: "" },
    ]);
  });

  it.each([
    ["asw=aws", "there is no endpoint asw"],
    ["aws", "says no cloud"],
    ["aws=", "says no cloud"],
    ["aws=a b", "says no cloud"],
  ])("refuses %s", (told, why) => {
    expect(() => withLocalities(endpoints, [told])).toThrow(why);
  });
});

describe("hosts and paths", () => {
  it.each(["shop.example.com", "*.example.com", "SHOP.example.com"])("takes the host %s", (host) => {
    expect(readHost(host)).toBe(host.toLowerCase());
  });

  it.each(["shop", "https://shop.example.com", 'x".example.com', "shop.example.com/", "-.com"])(
    "refuses %s",
    (host) => {
      expect(() => readHost(host)).toThrow("is no host name");
    },
  );

  it.each(["", "/", "/healthz", "/v1/health-check.json"])("takes the path %j", (path) => {
    expect(readHealthPath(path)).toBe(path);
  });

  it.each(["healthz", "/a b", "/a?b=1", "https://x.example/healthz"])("refuses the path %j", (path) => {
    expect(() => readHealthPath(path)).toThrow("is no path");
  });
});
