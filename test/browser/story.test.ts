/** What people see when things go on: every view with real data in it, on a telephone and on a desk, in light and dark. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, startDemo } from "./demo.ts";
import { forecastOfWeeks, tellStory } from "./story.ts";
import { endpoint, openBrowser, overflow, PATIENCE, shareOf, type Visitor, visit } from "./visitor.ts";

let demo: Demo;
let browser: Browser;
let visitor: Visitor;
let page: Page;
beforeAll(async () => {
  [demo, browser] = await Promise.all([startDemo(40), openBrowser()]);
  await tellStory(demo);
  visitor = await visit(browser, demo.dashboard);
  page = visitor.page;
  await page.route("**/v1/services/store/forecast", (route) => route.fulfill({ json: forecastOfWeeks(Date.now()) }));
});
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

const WIDTHS = [360, 1440];

/** Numbers that are none, parts of a page that have nothing in them, and parts that leave their card. */
const nonsense = () =>
  page.evaluate(() => {
    const texts = (document.querySelector("main")!.textContent ?? "").match(/NaN|undefined|Infinity|\[object/g) ?? [];
    const hollow = [...document.querySelectorAll("main .card, main .row, main dd, main td, main li p")]
      .filter((element) => element.getClientRects().length > 0 && element.querySelector("svg, [role=img]") === null)
      .filter((element) => (element.textContent ?? "").trim() === "")
      .map((element) => element.outerHTML.slice(0, 80));
    const outside = [...document.querySelectorAll("main .card")].flatMap((card) => {
      const edge = card.getBoundingClientRect().right - Number.parseFloat(getComputedStyle(card).paddingRight);
      return [...card.querySelectorAll("table, ul, ol, dl, figure, p, button, .badge")]
        .filter((part) => part.closest(".scroll") === null && part.getBoundingClientRect().right > edge + 1)
        .map((part) => `outside: ${part.outerHTML.slice(0, 80)}`);
    });
    return [...texts, ...hollow, ...outside];
  });

/** Looks at a page as it is now, at every width and in both schemes, and keeps pictures. */
async function expectFit(name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await expect.poll(() => overflow(page), { ...PATIENCE, message: `${name} at ${width}` }).toBe(0);
    expect(await nonsense(), `${name} at ${width}`).toEqual([]);
    await visitor.shoot(`story-${name}-${width}`);
  }
  expect(await visitor.axe(), name).toEqual([]);
  // Nothing but colours changes with the scheme.
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await visitor.axe(["color-contrast"]), `${name} in dark`).toEqual([]);
  await visitor.shoot(`story-${name}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
}

it("shows on the overview that a service whose requests lack a secret is down, which secret, and what to do", async () => {
  await page.getByRole("heading", { name: "locked is down" }).waitFor(PATIENCE);
  const banner = page.getByRole("alert").filter({ hasText: "PARTNER_KEY" });
  await banner.getByText("No request of locked is answered").waitFor();
  await banner.getByText("npx wrangler secret put PARTNER_KEY").waitFor();
  const row = page.locator(".services tbody tr").filter({ hasText: "locked" });
  await row.getByText("Down", { exact: true }).waitFor();
  await page
    .getByRole("link", { name: /^aws ?Blocked/ })
    .first()
    .waitFor();
  await expectFit("overview");
});

it("shows on its page that its endpoints are blocked, get nothing, and what became of its requests", async () => {
  await visitor.go("services/locked");
  await endpoint(page, "aws").getByText("Blocked").waitFor(PATIENCE);
  expect(await shareOf(page, "aws")).toBe(0);
  await page.getByRole("alert").filter({ hasText: "npx wrangler secret put PARTNER_KEY" }).waitFor();
  await page.locator(".decisions li").getByText("answered by the mesh itself").first().waitFor(PATIENCE);
  expect(await overflow(page)).toBe(0);
  await visitor.shoot("story-locked");
});

it("shows a rollout on its way: its step, both sides, and what its analysis waits for", async () => {
  await visitor.go("rollouts");
  const card = page.getByRole("region", { name: "catalog-v2" });
  await card.getByText("Running", { exact: true }).waitFor(PATIENCE);
  await card.getByText("20% to the canary").waitFor();
  await card.getByText(/^Step 1 of 3/).waitFor();
  const limit = card.getByRole("row").filter({ hasText: "Requests, at least" });
  await expect.poll(() => limit.textContent(), PATIENCE).toMatch(/^Requests, at least\d+500Waiting$/);
  await card.getByText("History of catalog-v2").click();
  await expectFit("rollouts");
});

it("shows where endpoints come from: who registered, and a resolver that fails, with its words", async () => {
  await visitor.go("discovery");
  const card = page.getByRole("region", { name: "found" });
  await card.getByText("Failing", { exact: true }).waitFor(PATIENCE);
  await card.getByText("the resolver answers 503").waitFor();
  await card.getByRole("button", { name: "Show instances" }).click();
  await card.getByText("found-7c9d4b5f6-x2x9k").waitFor(PATIENCE);
  await expectFit("discovery");
});

it("shows objectives with their budgets, the load to expect, and checks with their results", async () => {
  await visitor.go("services/store");
  const objectives = page.getByRole("region", { name: "Objectives" });
  await objectives.getByText("99.9% succeed, 30 d").waitFor(PATIENCE);
  const spent = objectives.locator("li").filter({ hasText: "99.9% within 1.0 ms, 24 h" });
  await spent.getByText("The budget is spent, 0% good, burning at 1,000×").waitFor(PATIENCE);
  await spent.getByText("Burning fast").waitFor();
  await page.getByRole("region", { name: "Expected load" }).getByText("the capacity of 720 a second").waitFor(PATIENCE);
  await page
    .getByRole("list", { name: "Probes of azure" })
    .getByText(/down.*503/)
    .waitFor(PATIENCE);
  await page.locator(".decisions li").first().waitFor(PATIENCE);
  await expectFit("store");
});

it("asked nobody else, and hurt no policy", () => {
  expect(visitor.faults).toEqual([]);
});
