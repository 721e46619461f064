// Prints how large each Worker's bundle is, and fails when one grows beyond its bound or carries what must stay out.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const WORKERS = [
  { name: "edge", file: "dist/workers/edge/main.js", maxBytes: 520_000, without: ["zod", "yaml", "hono"] },
  { name: "control", file: "dist/workers/control/main.js", maxBytes: 1_500_000, without: [] },
];

let failed = false;
for (const { name, file, maxBytes, without } of WORKERS) {
  const code = readFileSync(new URL(`../${file}`, import.meta.url));
  const packages = without.filter((pkg) => code.includes(`node_modules/${pkg}/`));
  const fits = code.length <= maxBytes;
  const size = `${(code.length / 1_000).toFixed(1)} kB, ${(gzipSync(code, { level: 9 }).length / 1_000).toFixed(1)} kB gzipped`;
  console.log(`${name}: ${size} (bound ${maxBytes / 1_000} kB)${fits ? "" : "  TOO LARGE"}`);
  for (const pkg of packages) console.log(`${name}: carries ${pkg}, which must not reach the edge`);
  failed ||= !fits || packages.length > 0;
}
process.exit(failed ? 1 : 0);
