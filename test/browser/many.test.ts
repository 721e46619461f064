/** One service or fifty: the picture stays readable, and what ails is never hidden behind what is well. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, startDemo } from "./demo.ts";
import { openBrowser, overflow, PATIENCE, visit } from "./visitor.ts";

interface Origin {
  readonly name: string;
  readonly url: string;
}

let demo: Demo;
let browser: Browser;
let origins: readonly Origin[];
beforeAll(async () => {
  [demo, browser] = await Promise.all([startDemo(60), openBrowser()]);
  origins = (await demo.api<{ origins: readonly Origin[] }>("/demo/origins")).origins;
});
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

const REGIONS: Readonly<Record<string, string>> = { aws: "us-east-1", gcp: "europe-west1", azure: "westeurope" };

/** Services over the demo's origins, each with a share of the demo's paths, /products/0 to /products/49. */
function config(
  services: readonly { readonly name: string; readonly paths: string; readonly on: readonly string[] }[],
) {
  const endpointsOf = (on: readonly string[]) =>
    origins
      .filter(({ name }) => on.includes(name))
      .map(({ name, url }) => ({ id: name, url, locality: { cloud: name, region: REGIONS[name] } }));
  return {
    services: Object.fromEntries(
      services.map(({ name, on }) => [
        name,
        { endpoints: endpointsOf(on), loadBalancing: { policy: "adaptive" }, retry: { attempts: 2 } },
      ]),
    ),
    routes: services.map(({ name, paths }) => ({
      name: `${name}-paths`,
      rules: [
        {
          matches: [{ path: { type: "RegularExpression", value: `/products/${paths}` } }],
          backendRefs: [{ service: name }],
        },
      ],
    })),
  };
}

async function apply(mesh: object): Promise<void> {
  const { version } = await demo.api<{ version: { version: number } }>("/v1/config");
  await demo.api("/v1/config", {
    method: "PUT",
    headers: { "content-type": "application/json", "if-match": `"${version.version}"` },
    body: JSON.stringify(mesh),
  });
}

const ALL = ["aws", "gcp", "azure"];

it("draws four services, and the one that ails first", async () => {
  await apply(
    config([
      { name: "checkout", paths: "[0-9]", on: ["aws", "gcp"] },
      { name: "media", paths: "4[0-9]", on: ["gcp", "azure"] },
      { name: "search", paths: "3[0-9]", on: ALL },
      { name: "shop", paths: "[12][0-9]", on: ALL },
    ]),
  );
  const visitor = await visit(browser, demo.dashboard, {
    colorScheme: "dark",
    viewport: { width: 1440, height: 1000 },
  });
  const { page } = visitor;
  await page.getByRole("heading", { name: "All 4 services are healthy" }).waitFor(PATIENCE);
  await expect.poll(() => page.locator(".node[data-column=routes]").count(), PATIENCE).toBe(4);
  await demo.api("/demo/origins/azure/fault", {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ fault: ["refuse"] }),
  });
  await page.getByRole("heading", { name: "3 services are degraded" }).waitFor(PATIENCE);
  await page
    .getByRole("link", { name: /^azure ?Ejected/ })
    .first()
    .waitFor(PATIENCE);
  const last = page.locator(".services tbody tr").last().getByRole("rowheader");
  await expect.poll(() => last.textContent(), PATIENCE).toBe("checkout");
  // Some seconds of it, for the courses of the traffic.
  await expect.poll(() => page.locator(".services .spark.none").count(), PATIENCE).toBe(0);
  await expect
    .poll(() => page.locator(".services .spark .line").first().getAttribute("d"), PATIENCE)
    .toMatch(/(L.*){8}/);
  await visitor.shoot("showcase-overview-dark");
  expect(visitor.faults).toEqual([]);
  await visitor.close();
  await demo.api("/demo/origins/azure/fault", {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ fault: ["heal"] }),
  });
});

it("draws fifty services without overlap, and finds each", async () => {
  const names = Array.from({ length: 50 }, (_, n) => `service-${String(n).padStart(2, "0")}-with-a-name`);
  await apply(config(names.map((name, n) => ({ name, paths: `${n}`, on: ALL }))));
  const visitor = await visit(browser, demo.dashboard, { viewport: { width: 1280, height: 900 } });
  const { page } = visitor;
  await expect.poll(() => page.locator(".services tbody tr").count(), PATIENCE).toBe(50);
  await page.locator(".node .label", { hasText: "37 more" }).waitFor(PATIENCE);
  // Until the monitors are heard there are neither regions nor endpoints, and the other two columns have all the room.
  const columns = () => page.locator(".column").allTextContents();
  await expect.poll(columns, PATIENCE).toHaveLength(4);
  const faults = await page.evaluate(async () => {
    // Letters are as wide as they are meant to be once their font is there.
    await document.fonts.ready;
    const rectOf = (element: Element) => element.getBoundingClientRect();
    const boxes = [...document.querySelectorAll(".node .box")].map(rectOf);
    const overlaps = boxes.filter((a, i) =>
      boxes.some((b, j) => j > i && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom),
    ).length;
    const clipped = [...document.querySelectorAll(".node")].flatMap((node) => {
      const box = rectOf(node.querySelector(".box")!);
      // A box that is narrow has no number: nothing is drawn of it, at no place.
      const texts = [...node.querySelectorAll("text")].filter(({ textContent }) => textContent !== "");
      const outside = texts.filter((text) => rectOf(text).right > box.right || rectOf(text).left < box.left);
      const [label, value] = ["label", "value"].map((name) => texts.find(({ classList }) => classList.contains(name)));
      const isTight = value !== undefined && rectOf(label!).right > rectOf(value).left;
      return [...outside.map((text) => text.textContent), ...(isTight ? [node.textContent] : [])];
    });
    return { overlaps, clipped };
  });
  expect(faults).toEqual({ overlaps: 0, clipped: [] });
  await page.getByRole("searchbox", { name: "Find a service" }).fill("service-42");
  await expect.poll(() => page.locator(".services tbody tr").count(), PATIENCE).toBe(1);
  expect(await overflow(page)).toBe(0);
  await visitor.shoot("fifty-light");
  expect(await visitor.axe()).toEqual([]);
  expect(visitor.faults).toEqual([]);
});
