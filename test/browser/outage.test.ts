/** An outage from its first second to its end, as the one on call lives through it: all of it through the page. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, startDemo } from "./demo.ts";
import { endpoint, openBrowser, PATIENCE, shareOf, type Visitor, visit } from "./visitor.ts";

let demo: Demo;
let browser: Browser;
let visitor: Visitor;
beforeAll(async () => {
  [demo, browser] = await Promise.all([startDemo(60), openBrowser()]);
  visitor = await visit(browser, demo.dashboard);
});
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

it("takes the token out of the address and shows a mesh that is well", async () => {
  const { page } = visitor;
  await page.getByRole("heading", { name: "shop is healthy" }).waitFor(PATIENCE);
  expect(page.url()).toBe(`${demo.control}/#/`);
  expect(await page.evaluate(() => history.length)).toBeLessThanOrEqual(2);
  expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("token")))).toEqual([]);
  await page.locator("[data-link=live]").waitFor(PATIENCE);
});

it("shows an origin that dies in red, with its share gone to the others", async () => {
  const { page } = visitor;
  await visitor.go("services/shop");
  await expect.poll(() => shareOf(page, "aws"), PATIENCE).toBeGreaterThan(10);
  await page.getByRole("button", { name: "Break aws" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Break" }).click();
  await endpoint(page, "aws").getByText("Ejected").waitFor(PATIENCE);
  await expect.poll(() => shareOf(page, "aws"), PATIENCE).toBe(0);
  await expect
    .poll(async () => (await shareOf(page, "gcp")) + (await shareOf(page, "azure")), PATIENCE)
    .toBeGreaterThan(98);
  await visitor.shoot("service-outage-light");
  await visitor.go("");
  await page.getByRole("heading", { name: "shop is degraded" }).waitFor(PATIENCE);
  const box = page.getByRole("link", { name: /^aws ?Ejected/ });
  await box.waitFor(PATIENCE);
  await expect.poll(() => box.getAttribute("data-tone"), PATIENCE).toBe("bad");
  await page.locator(".event-title", { hasText: /aws/ }).first().waitFor(PATIENCE);
  await visitor.shoot("overview-outage-light");
});

it("drains another, says who serves then, and takes it back", async () => {
  const { page } = visitor;
  await visitor.go("services/shop");
  await page.getByRole("button", { name: "Drain gcp" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("1 other endpoint of shop takes over").waitFor();
  await dialog.getByLabel("Reason").fill("a test of the dashboard");
  await dialog.getByRole("button", { name: "Drain" }).click();
  await endpoint(page, "gcp").getByText("Drained").waitFor(PATIENCE);
  await expect.poll(() => shareOf(page, "azure"), PATIENCE).toBeGreaterThan(98);
  await visitor.go("overrides");
  await page.getByText("a test of the dashboard").waitFor(PATIENCE);
  await page.getByRole("button", { name: "Undrain gcp" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Undrain" }).click();
  await page.getByText("The mesh decides by itself").waitFor(PATIENCE);
  await visitor.go("services/shop");
  await endpoint(page, "gcp").getByText("Serving").waitFor(PATIENCE);
  await expect.poll(() => shareOf(page, "gcp"), PATIENCE).toBeGreaterThan(5);
});

it("heals the origin and sees it come back", async () => {
  const { page } = visitor;
  await page.getByRole("button", { name: "Heal aws" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Heal" }).click();
  await endpoint(page, "aws").getByText("Serving").waitFor(PATIENCE);
  await expect.poll(() => shareOf(page, "aws"), PATIENCE).toBeGreaterThan(5);
});

it("rolls a config back and shows what that changed", async () => {
  const { page } = visitor;
  const { source } = await demo.api<{ source: { text: string } }>("/v1/config");
  await demo.api("/v1/config", {
    method: "PUT",
    headers: { "content-type": "application/yaml", "if-match": '"1"', "x-heddle-message": "shorter%20patience" },
    body: source.text.replace('backendRequest: "1s"', 'backendRequest: "750ms"'),
  });
  await visitor.go("config");
  await page.getByText("shorter patience").waitFor(PATIENCE);
  await page.locator("del", { hasText: "1s" }).waitFor(PATIENCE);
  await page.locator("ins", { hasText: "750ms" }).waitFor(PATIENCE);
  await page.getByRole("button", { name: "Roll back to version 1" }).click();
  await page.getByRole("dialog").getByLabel("Message").fill("patience again");
  await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
  await page.getByText("Version 3 is in force, with the content of 1.").waitFor(PATIENCE);
  await page.getByText("patience again").waitFor(PATIENCE);
  const { version, source: after } = await demo.api<{ version: object; source: { text: string } }>("/v1/config");
  expect(version).toMatchObject({ version: 3, kind: "rollback", of: 1 });
  expect(after.text).toBe(source.text);
  await visitor.shoot("config-light");
});

it("has every change in the audit log, with its words", async () => {
  const { page } = visitor;
  await visitor.go("events?log=audit");
  for (const words of ["config rollback", "override clear", "override drain"]) {
    await page.getByText(words).first().waitFor(PATIENCE);
  }
  await visitor.shoot("audit-light");
});

it("explains where a request would go", async () => {
  const { page } = visitor;
  await visitor.go("services/shop");
  await page.getByRole("textbox", { name: "URL" }).fill(`${demo.edge}/products/1`);
  await page.getByRole("button", { name: "Explain" }).click();
  await page
    .getByRole("region", { name: "Candidates of shop" })
    .getByRole("row", { name: /^azure/ })
    .waitFor(PATIENCE);
});

it("asked nobody else, and hurt no policy", () => {
  expect(visitor.faults).toEqual([]);
});
