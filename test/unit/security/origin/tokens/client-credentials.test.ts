import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { OriginCredentialPlan } from "../../../../../src/core/mesh-origins.ts";
import type { OriginCredential } from "../../../../../src/security/origin/credential.ts";
import { openCredentials } from "../../../../../src/security/origin/open.ts";

interface Asked {
  readonly authorization: string;
  readonly form: Readonly<Record<string, string>>;
}

let server: Server;
let tokenUrl = "";
let asked: Asked[] = [];
let answer: object = {};

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += String(part);
    asked.push({
      authorization: request.headers.authorization ?? "",
      form: Object.fromEntries(new URLSearchParams(text)),
    });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
  answer = { access_token: "one", token_type: "Bearer", expires_in: 3_600 };
});

const plan = (over: object = {}) =>
  ({
    name: "billing",
    type: "client-credentials",
    tokenUrl,
    allow: ["http", "loopback"],
    header: "authorization",
    clientId: "the client",
    client: { type: "basic", secret: { secret: "CLIENT_SECRET" } },
    scope: "",
    audience: "",
    resource: "",
    ...over,
  }) as OriginCredentialPlan;

function open(secrets: Record<string, string>, over: object = {}): OriginCredential {
  return openCredentials([plan(over)], { secrets: (name) => secrets[name] ?? null }, null).of[0]!;
}

/** The header that a request gets, or why it gets none. */
async function applied(credential: OriginCredential, afterMs = 0, header = "authorization"): Promise<string> {
  const headers = new Headers({ [header]: "Bearer of-the-caller" });
  credential.withhold(headers);
  const fault = await credential.apply({
    method: "GET",
    url: "https://billing.example.com/",
    headers,
    body: { kind: "none" },
    nowMs: Date.now() + afterMs,
    ctx: { waitUntil: () => {} },
  });
  return fault === null ? headers.get(header)! : `${fault.of}: ${fault.why} (${headers.get(header)})`;
}

describe("client credentials", () => {
  it("say who the client is as forms do, colons and all", async () => {
    expect(await applied(open({ CLIENT_SECRET: "a:b c%é" }))).toBe("Bearer one");
    expect(atob(asked[0]!.authorization.replace("Basic ", ""))).toBe("the+client:a%3Ab+c%25%C3%A9");
    expect(asked[0]!.form).toEqual({ grant_type: "client_credentials" });
  });

  it("say all that the issuer is to know", async () => {
    const over = {
      client: { type: "post", secret: { secret: "CLIENT_SECRET" } },
      scope: "api://shop/.default",
      audience: "shop",
      resource: "https://shop.example.com",
      header: "x-token",
    };
    expect(await applied(open({ CLIENT_SECRET: "s" }, over), 0, "x-token")).toBe("Bearer one");
    expect(asked[0]).toEqual({
      authorization: "",
      form: {
        grant_type: "client_credentials",
        client_id: "the client",
        client_secret: "s",
        scope: "api://shop/.default",
        audience: "shop",
        resource: "https://shop.example.com",
      },
    });
  });

  it("use a secret that was rotated when the next token is asked for", async () => {
    const secrets = { CLIENT_SECRET: "old" };
    const credential = open(secrets);
    await applied(credential);
    secrets.CLIENT_SECRET = "new";
    answer = { access_token: "two" };
    expect(await applied(credential)).toBe("Bearer one");
    expect(await applied(credential, 7_200_000)).toBe("Bearer two");
    expect(asked.map(({ authorization }) => atob(authorization.slice(6)).split(":")[1])).toEqual(["old", "new"]);
  });

  it("go on with their token in a new mesh that says the same of them", async () => {
    const context = { secrets: () => "s" };
    const before = openCredentials([plan()], context, null);
    expect(await applied(before.of[0]!)).toBe("Bearer one");
    const after = openCredentials([plan({ name: "other" }), plan()], context, before);
    expect(await applied(after.of[1]!)).toBe("Bearer one");
    expect(asked).toHaveLength(1);
    await applied(after.of[0]!);
    expect(asked).toHaveLength(2);
  });

  it.each([
    [{ access_token: "one", token_type: "DPoP" }, "the issuer's token is no bearer token"],
    [{ access_token: "one\r\nset-cookie: a=b" }, "the issuer's answer has no token in it"],
    [{ id_token: "one" }, "the issuer's answer has no token in it"],
  ])("take no token from %j, and leave the caller's out all the same", async (given, why) => {
    answer = given;
    const credential = open({ CLIENT_SECRET: "s" });
    expect(await applied(credential)).toBe(`ours: ${why} (null)`);
    expect(credential.problem()).toBe(why);
  });

  it("ask nobody without their secret, and say so before anybody needs it", async () => {
    const credential = open({});
    expect(credential.problem()).toBe("the secret CLIENT_SECRET is absent");
    expect(await applied(credential)).toBe("ours: the secret CLIENT_SECRET is absent (null)");
    expect(asked).toEqual([]);
  });

  it.each([
    [["http"], "leads to the machine itself"],
    [["loopback"], "is not encrypted"],
    [[], "leads to the machine itself"],
  ])("ask nobody whose URL must not be asked (allowed: %j)", async (allow, why) => {
    const credential = open({ CLIENT_SECRET: "s" }, { allow });
    expect(await applied(credential)).toContain(`ours: the token URL ${why}`);
    expect(credential.problem()).toContain(why);
    expect(asked).toEqual([]);
  });
});
