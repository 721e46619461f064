/** What the page does when it is cut off: it goes on with what it has, says so, and comes back by itself. */
import type { Browser, WebSocketRoute } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, startDemo } from "./demo.ts";
import { openBrowser, PATIENCE, visit } from "./visitor.ts";

let demo: Demo;
let browser: Browser;
beforeAll(async () => {
  [demo, browser] = await Promise.all([startDemo(30), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

it("asks every two seconds while the live socket is broken, and says so", async () => {
  const visitor = await visit(browser, `${demo.control}/heddle.svg`);
  const { page } = visitor;
  let isBroken = false;
  const open: WebSocketRoute[] = [];
  await page.routeWebSocket(/\/v1\/live$/, (socket) => {
    if (isBroken) return void socket.close();
    socket.connectToServer();
    open.push(socket);
  });
  await page.goto(demo.dashboard);
  await page.locator("[data-link=live]").waitFor(PATIENCE);
  isBroken = true;
  await Promise.all(open.map((socket) => socket.close()));
  await page.locator("[data-link=polling]").waitFor();
  const asked: number[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/v1/topology")) asked.push(Date.now());
  });
  await expect.poll(() => asked.length, PATIENCE).toBeGreaterThanOrEqual(3);
  await visitor.shoot("polling-light");
  isBroken = false;
  await page.locator("[data-link=live]").waitFor(PATIENCE);
});

it("keeps what it knew while the control plane is gone, and goes on when it is back", async () => {
  const visitor = await visit(browser, `${demo.control}/heddle.svg`);
  const { page } = visitor;
  let isGone = false;
  await page.routeWebSocket(/\/v1\/live$/, (socket) => void socket.close());
  await page.route("**/v1/**", (route) => (isGone ? route.abort("connectionrefused") : route.continue()));
  await page.goto(demo.dashboard);
  await page.getByRole("heading", { name: "shop is healthy" }).waitFor();
  isGone = true;
  const banner = page.getByRole("alert");
  await banner.getByText("Traffic goes on without it").waitFor(PATIENCE);
  expect(await page.getByRole("heading", { name: "shop is healthy" }).count()).toBe(1);
  expect(await visitor.axe()).toEqual([]);
  await visitor.shoot("lost-light");
  isGone = false;
  await banner.getByRole("button", { name: "Try now" }).click();
  await banner.waitFor({ state: "detached" });
});
