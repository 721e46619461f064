/** For everybody: with eyes or without, with a mouse or a keyboard, on a telephone or on a wall. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Demo, startDemo } from "./demo.ts";
import { endpoint, openBrowser, overflow, PAGES, visit } from "./visitor.ts";

let demo: Demo;
let browser: Browser;
beforeAll(async () => {
  [demo, browser] = await Promise.all([startDemo(40), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

const nameOf = (path: string) => (path === "" ? "overview" : path.replaceAll(/\W+/g, "-"));

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
  it("gives axe nothing to complain about, on any page", async () => {
    const visitor = await visit(browser, demo.dashboard, { colorScheme });
    await visitor.page.getByRole("heading", { name: /shop is/ }).waitFor();
    for (const path of PAGES) {
      await visitor.go(path);
      await visitor.shoot(`${nameOf(path)}-${colorScheme}`);
      expect(await visitor.axe(), path).toEqual([]);
    }
    await visitor.go("services/shop");
    await visitor.page.getByRole("button", { name: "Override… aws" }).click();
    await visitor.shoot(`override-${colorScheme}`);
    expect(await visitor.axe(), "the dialog").toEqual([]);
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  });
});

it.each([
  ["a telephone", 360, 740],
  ["a tablet", 834, 1112],
  ["a wall", 2560, 1440],
])("fits %s without scrolling sideways", async (_, width, height) => {
  const visitor = await visit(browser, demo.dashboard, { viewport: { width, height }, colorScheme: "dark" });
  for (const path of PAGES) {
    await visitor.go(path);
    expect(await overflow(visitor.page), path).toBe(0);
    await visitor.shoot(`${nameOf(path)}-${width}`);
  }
  await visitor.close();
});

it("can be used with nothing but a keyboard", async () => {
  const visitor = await visit(browser, demo.dashboard);
  const { page } = visitor;
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
  const tabTo = async (name: RegExp) => {
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press("Tab");
      if (name.test(await focused())) return;
    }
    throw new Error(`Tab never reaches ${name}; it is at ${await focused()}`);
  };
  await page.getByRole("heading", { name: /shop is/ }).waitFor();
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("To the content");
  await page.keyboard.press("Enter");
  await tabTo(/^shop/);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "shop", exact: true }).waitFor();
  await endpoint(page, "aws").waitFor();
  await tabTo(/^Drain aws$/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await tabTo(/^Drain$/);
  await page.keyboard.press("Enter");
  await endpoint(page, "aws").getByText("Drained").waitFor();
  await tabTo(/^Undrain aws$/);
  await page.keyboard.press("Enter");
  await tabTo(/^Undrain$/);
  await page.keyboard.press("Enter");
  await endpoint(page, "aws").getByText("Serving").waitFor();
  await tabTo(/^Override… aws$/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await focused()).toBe("Override… aws");
  expect(visitor.faults).toEqual([]);
});

it("stands still for who asked for less motion, and moves for others", async () => {
  const moving = (reducedMotion: "reduce" | "no-preference") =>
    visit(browser, demo.dashboard, { reducedMotion }).then(async ({ page }) => {
      await page.locator(".pulse").first().waitFor({ state: "attached" });
      return page.evaluate(() => document.getAnimations().length);
    });
  expect(await moving("reduce")).toBe(0);
  expect(await moving("no-preference")).toBeGreaterThan(0);
});
