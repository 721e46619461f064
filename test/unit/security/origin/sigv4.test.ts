import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { signV4 } from "../../../../src/security/origin/sigv4.ts";

interface Case {
  readonly name: string;
  readonly context: {
    readonly credentials: { access_key_id: string; secret_access_key: string; token?: string };
    readonly normalize: boolean;
    readonly omit_session_token?: boolean;
    readonly sign_body: boolean;
    readonly service: string;
    readonly region: string;
    readonly timestamp: string;
  };
  readonly request: string;
  readonly "header-signed-request": string;
}

const file = new URL("../../../conformance/data/aws/sigv4.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: readonly Case[] };

/** What no request of the mesh is like. */
function whyNot({ name, context }: Case): string | null {
  if (!context.normalize && !name.includes("space")) return "URLs have no dot segments, which `fetch` resolves before";
  if (/space|utf8$/.test(name) && !name.includes("query")) return "paths are percent-encoded before they are sent";
  return null;
}

/** The method, URL, headers and body of a request as text. Lines of one header are joined as `fetch` would send them, by a comma. */
function parsed(text: string) {
  const [head = "", ...rest] = text.split("\n\n");
  const [line = "", ...fields] = head
    .replace(/\n[ \t]+/g, " ")
    .trimEnd()
    .split("\n");
  const [, method = "", target = ""] = /^(\S+) (.*) HTTP\/1\.1$/.exec(line) ?? [];
  const headers = new Map<string, string>();
  for (const field of fields) {
    const colon = field.indexOf(":");
    const name = field.slice(0, colon).toLowerCase();
    const value = field.slice(colon + 1).trim();
    headers.set(name, headers.has(name) ? `${headers.get(name)},${value}` : value);
  }
  const host = headers.get("host") ?? "";
  headers.delete("host");
  return { method, url: `https://${host}${target}`, headers, body: rest.join("\n\n") };
}

describe("the test suite of AWS Signature Version 4", () => {
  const [fit, unfit] = [cases.filter((one) => whyNot(one) === null), cases.filter((one) => whyNot(one) !== null)];

  it("has so many cases that apply, and so many that do not", () => {
    expect([fit.length, unfit.map(({ name }) => name)]).toEqual([
      29,
      [
        "get-relative-relative-unnormalized",
        "get-relative-unnormalized",
        "get-slash-dot-slash-unnormalized",
        "get-slash-pointless-dot-unnormalized",
        "get-slash-unnormalized",
        "get-slashes-unnormalized",
        "get-space-normalized",
        "get-space-unnormalized",
        "get-utf8",
      ],
    ]);
  });

  it.each(fit)("$name has the signature that it should", async ({ context, request, ...wanted }) => {
    const { access_key_id, secret_access_key, token } = context.credentials;
    const { method, url, headers, body } = parsed(request);
    if (context.sign_body) headers.set("x-amz-content-sha256", createHash("sha256").update(body).digest("hex"));
    const set = await signV4({
      method,
      url,
      headers: [...headers],
      ...(body !== "" && { body }),
      accessKeyId: access_key_id,
      secretAccessKey: secret_access_key,
      ...(token !== undefined && context.omit_session_token !== true && { sessionToken: token }),
      service: context.service,
      region: context.region,
      nowMs: Date.parse(context.timestamp),
      keys: new Map(),
    });
    const signed = parsed(wanted["header-signed-request"]).headers;
    expect(Object.fromEntries(set)).toMatchObject({
      authorization: signed.get("authorization"),
      "x-amz-date": "20150830T123600Z",
    });
  });
});
