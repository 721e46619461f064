import { describe, expect, it } from "vitest";
import { mappedUrls, parseEndpointMapping, templateFault } from "../../../src/import/options.ts";

describe("parseEndpointMapping", () => {
  it.each([
    ["shop/cart=https://cart.example.com", { service: "shop/cart", port: null, url: "https://cart.example.com" }],
    ["shop/cart:8080=http://10.0.0.1:81/base", { service: "shop/cart", port: 8080, url: "http://10.0.0.1:81/base" }],
    [
      "cart.example.com=https://other.example.com",
      { service: "cart.example.com", port: null, url: "https://other.example.com" },
    ],
  ])("reads %s", (text, mapping) => {
    expect(parseEndpointMapping(text)).toEqual(mapping);
  });

  it.each([
    "shop/cart",
    "=https://a",
    "shop/cart=ftp://a",
    "shop/cart=https://a?b",
    "shop/cart:0=https://a",
    "shop/cart:70000=https://a",
    "shop/cart=//a",
  ])("says what is wrong with %s", (text) => {
    expect(parseEndpointMapping(text)).toEqual(expect.any(String));
  });
});

describe("mappedUrls", () => {
  const mapping = (text: string) =>
    parseEndpointMapping(text) as Exclude<ReturnType<typeof parseEndpointMapping>, string>;
  const endpoints = ["shop/cart=https://any", "shop/cart:81=https://one", "shop/cart:81=https://two"].map(mapping);
  const cart = { service: "cart", namespace: "shop", port: 80 };

  it("prefers a port's own to those of every port, and those to the template", () => {
    const options = { gateway: null, endpoints, endpointTemplate: "https://{service}-{port}.{namespace}.example" };
    expect(mappedUrls(options, { ...cart, port: 81 })).toEqual(["https://one", "https://two"]);
    expect(mappedUrls(options, cart)).toEqual(["https://any"]);
    expect(mappedUrls(options, { ...cart, service: "pay" })).toEqual(["https://pay-80.shop.example"]);
    expect(mappedUrls({ ...options, endpointTemplate: null }, { ...cart, service: "pay" })).toEqual([]);
  });
});

describe("templateFault", () => {
  it("knows its three names, and wants a URL", () => {
    expect(templateFault("https://{service}.{namespace}.example.com:{port}")).toBeNull();
    expect(templateFault("https://{name}.example.com")).toBe("{name} is not {service}, {namespace} or {port}");
    expect(templateFault("{service}.example.com")).toEqual(expect.stringContaining("absolute"));
  });
});
