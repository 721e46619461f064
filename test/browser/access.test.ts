/** Who may see and do what: the page offers nothing else, and shows refusals as they are told. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, startDemo, tokenFor } from "./demo.ts";
import { endpoint, openBrowser, type Visitor, visit } from "./visitor.ts";

let demo: Demo;
let browser: Browser;
beforeAll(async () => {
  [demo, browser] = await Promise.all([startDemo(0), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

const as = async (scope: string, services: readonly string[] | null = null): Promise<Visitor> =>
  visit(browser, `${demo.control}/#token=${await tokenFor(demo, scope, services)}`);

it("asks for a token, and says what is wrong with another", async () => {
  const visitor = await visit(browser, `${demo.control}/`);
  const { page } = visitor;
  await page.getByRole("heading", { name: "Sign in to Heddle" }).waitFor();
  await visitor.shoot("sign-in-light");
  expect(await page.getByRole("alert").count()).toBe(0);
  await page.getByLabel("Token").fill("hdl_nobody_knows-this-one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("A token is needed").waitFor();
  expect(await visitor.axe()).toEqual([]);
  await page.getByLabel("Token").fill(demo.token);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "shop is healthy" }).waitFor();
  await page.getByText("No traffic in the last minute").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to Heddle" }).waitFor();
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  expect(visitor.faults).toEqual([]);
});

it("offers a reader nothing that changes", async () => {
  const visitor = await as("read");
  const { page } = visitor;
  await visitor.go("services/shop");
  await page.getByRole("heading", { name: "aws" }).waitFor();
  expect(await page.getByRole("button", { name: /Drain|Override|Break|Roll back/ }).count()).toBe(0);
  await visitor.go("config");
  await page.getByText("In force", { exact: true }).waitFor();
  expect(await page.getByRole("button", { name: /Roll back/ }).count()).toBe(0);
  await visitor.go("events?log=audit");
  await page.getByText("Not for this token").waitFor();
  expect(visitor.faults).toEqual([]);
});

it("offers an operator overrides, and no rollback", async () => {
  const visitor = await as("operate");
  const { page } = visitor;
  await visitor.go("services/shop");
  await page.getByRole("button", { name: "Drain aws" }).waitFor();
  expect(await page.getByRole("button", { name: /Break/ }).count()).toBe(0);
  await visitor.go("config");
  await page.getByText("In force", { exact: true }).waitFor();
  expect(await page.getByRole("button", { name: /Roll back/ }).count()).toBe(0);
});

it("shows a token of other services an empty loom", async () => {
  const visitor = await as("read", ["other"]);
  await visitor.page.getByText("No threads on the loom yet").waitFor();
  await visitor.shoot("empty-light");
  expect(await visitor.axe()).toEqual([]);
  expect(visitor.faults).toEqual([]);
});

it("shows a token for registrations that it may not look", async () => {
  const visitor = await as("register", ["shop"]);
  await visitor.page.getByText("This token may not look").waitFor();
  expect(visitor.faults).toEqual([]);
});

it("shows a refusal with what to do about it", async () => {
  const visitor = await visit(browser, demo.dashboard);
  const { page } = visitor;
  await visitor.go("services/shop");
  for (const [id, verb] of [
    ["aws", "Drain"],
    ["gcp", "Drain"],
    ["azure", "Drain"],
  ] as const) {
    await page.getByRole("button", { name: `${verb} ${id}` }).click();
    await page.getByRole("dialog").getByRole("button", { name: verb }).click();
    if (id !== "azure") await endpoint(page, id).getByText("Drained").waitFor();
  }
  const refusal = page.getByRole("dialog").getByRole("alert");
  await refusal.getByText("It is not possible now").waitFor();
  await refusal.getByText("409").waitFor();
  await visitor.shoot("refusal-light");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

it("needs no token for the page itself, which says nothing of the mesh", async () => {
  const answer = await fetch(`${demo.control}/`);
  const html = await answer.text();
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-security-policy")).toContain("script-src 'self'; style-src 'self'");
  expect(html).not.toContain("shop");
  for (const path of ["/v1/services", "/openapi.json", "/demo/origins"]) {
    expect((await fetch(`${demo.control}${path}`)).status, path).toBe(401);
  }
});
