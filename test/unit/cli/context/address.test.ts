import { describe, expect, it } from "vitest";
import { checkAddress, isLoopback } from "../../../../src/cli/context/address.ts";

describe("the address of a control plane", () => {
  it.each([
    ["https://control.example.com/", "https://control.example.com"],
    ["https://example.com/heddle//", "https://example.com/heddle"],
    ["HTTPS://Control.Example.com?x=1#y", "https://control.example.com"],
    ["http://127.0.0.1:8788", "http://127.0.0.1:8788"],
    ["http://localhost:8788/", "http://localhost:8788"],
    ["http://[::1]:8788", "http://[::1]:8788"],
    ["http://mesh.localhost", "http://mesh.localhost"],
  ])("takes %s", (text, address) => {
    expect(checkAddress(text, "--control")).toBe(address);
  });

  it.each([
    "http://control.example.com",
    "http://10.0.0.1:8788",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "http://0.0.0.0:8788",
  ])("refuses %s: a token would be readable on the way", (text) => {
    expect(() => checkAddress(text, "--control")).toThrow("is not this machine, and http would show the token");
  });

  it.each(["control.example.com", "ftp://example.com", "https://", "", "/v1"])("refuses %j", (text) => {
    expect(() => checkAddress(text, "--control")).toThrow("is not an absolute http or https URL");
  });

  it("refuses credentials in a URL", () => {
    expect(() => checkAddress("https://me:secret@example.com", "--control")).toThrow("a name or password in it");
  });

  it("knows every way to write this machine that a URL has", () => {
    for (const host of ["127.1", "2130706433", "0x7f.1", "127.0.0.9"]) {
      expect(isLoopback(new URL(`http://${host}/`)), host).toBe(true);
    }
    expect(isLoopback(new URL("http://128.0.0.1/"))).toBe(false);
  });
});
