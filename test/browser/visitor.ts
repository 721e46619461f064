/** Somebody at a browser: Debian's Chromium, and everything that a page must not do while they look at it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from "playwright-core";

export const OUT = join(import.meta.dirname, "out");
export const PAGES = [
  "",
  "services/shop",
  "events",
  "events?log=audit",
  "config",
  "rollouts",
  "overrides",
  "discovery",
];

export interface Visitor {
  readonly page: Page;
  /** What must stay empty: errors of scripts, violations of the policy, requests to anybody else. */
  readonly faults: readonly string[];
  /** Opens a page of the dashboard. */
  go(path: string): Promise<void>;
  /** Keeps a picture of the whole page below test/browser/out. */
  shoot(name: string): Promise<void>;
  /** Violations that axe finds, as lines; with rules given, of those only. */
  axe(rules?: readonly string[]): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** For whatever a page is waited for: it is drawn by a browser beside a mesh, and a crowded machine has little for both. */
export const PATIENCE = { timeout: 90_000 };

const CHROMIUM = process.env.HEDDLE_CHROMIUM ?? "/usr/bin/chromium";
/** Answers of ours that the browser tells of as errors, and the page shows: refusals. */
const TOLD = /Failed to load resource: the server responded with a status of 4\d\d/;

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"], ...PATIENCE });
}

/** - `url`: of the dashboard, with its token or without. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(PATIENCE.timeout);
  const page = await context.newPage();
  const faults: string[] = [];
  const { host } = new URL(url);
  page.on("pageerror", (error) => faults.push(String(error.stack)));
  page.on("console", (message) => {
    if (message.type() === "error" && !TOLD.test(message.text())) faults.push(message.text());
  });
  page.on("request", (request) => {
    if (new URL(request.url()).host !== host) faults.push(`a request to ${request.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      console.error(`policy violated: ${violatedDirective} by ${blockedURI}`);
    });
  });
  await page.goto(url);
  return {
    page,
    faults,
    async go(path) {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, `#/${path}`);
      await page.locator("main h1").waitFor();
      await page.locator(".waiting").waitFor({ state: "detached" });
    },
    async shoot(name) {
      mkdirSync(OUT, { recursive: true });
      await page.screenshot({ path: join(OUT, `${name}.png`), fullPage: true });
    },
    async axe(rules) {
      const builder = new AxeBuilder({ page });
      const { violations } = await (rules === undefined ? builder : builder.withRules([...rules])).analyze();
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary = "" }) => `${id} at ${target.join(" ")}: ${failureSummary}`),
      );
    },
    close: () => context.close(),
  };
}

/** How wide the page is beyond the window, in pixels. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

export function endpoint(page: Page, id: string): Locator {
  return page.locator(`[data-endpoint="${id}"]`);
}

/** Of the requests, in percent, as the page of the service says. */
export async function shareOf(page: Page, id: string): Promise<number> {
  return Number.parseFloat((await endpoint(page, id).locator(".share-number b").textContent()) ?? "");
}
