/** Secrets of Cloudflare's Secrets Store, as wrangler's local store gives them: asked for by the binding, never in the environment. */
import type { IncomingHttpHeaders } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Platform, startPlatform } from "../../harness/cloudflare.ts";
import { createResources } from "../../harness/resources.ts";
import { until } from "../../harness/state.ts";

const own = createResources();
const FIRST = "the-first-value-of-the-store";

describe("a secret of the Secrets Store", () => {
  let platform: Platform;
  const seen: IncomingHttpHeaders[] = [];

  beforeAll(async () => {
    const origin = await own.origin("origin", { onRequest: ({ headers }) => void seen.push(headers) });
    const rule = (name: string) => `{ matches: [{ path: { value: /${name} } }], backendRefs: [{ service: ${name} }] }`;
    const service = (name: string, secret: string) =>
      `${name}: { endpoints: [{ id: o, url: "${origin.url}", headers: { x-key: { secret: ${secret}, prefix: "Key " } } }] }`;
    platform = await startPlatform(
      `
services:
  ${service("there", "STORE_KEY")}
  ${service("late", "LATE_KEY")}
routes: [{ rules: [${rule("there")}, ${rule("late")}] }]`,
      { storeSecrets: ["STORE_KEY", "LATE_KEY"] },
    );
    await platform.putSecret("STORE_KEY", FIRST);
  });
  afterAll(async () => {
    await platform?.close();
    await own.close();
  });

  it("goes to the endpoint that it is for, whatever the caller sent, and into no answer", async () => {
    const answer = await platform.ask("/there", { headers: { "x-key": "of the caller" } });
    expect(answer.status).toBe(200);
    expect(seen.at(-1)?.["x-key"]).toBe(`Key ${FIRST}`);
    expect(answer.text).not.toContain(FIRST);
    for (const path of ["/.heddle/state", "/.heddle/explain?url=http://mesh.test/there"]) {
      expect((await platform.ask(path)).text).not.toContain(FIRST);
    }
  });

  it("keeps requests from an endpoint while the store has none, and is found once it has", async () => {
    const asked = seen.length;
    expect((await platform.ask("/late")).status).toBe(503);
    expect(seen).toHaveLength(asked);
    await platform.putSecret("LATE_KEY", "late");
    // That there is none is believed for ten seconds.
    const read = async () => (await platform.ask("/late")).status;
    await until("the secret", 60_000, read, (status) => status === 200);
    expect(seen.at(-1)?.["x-key"]).toBe("Key late");
  });
});
