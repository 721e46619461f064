// The software bill of materials, from the lock file alone, and what is held of every package in it.
//
//   node .ci/sbom.mjs                 CycloneDX 1.6 of what npm installs with the package, to stdout: the same for the same lock file
//   node .ci/sbom.mjs --all           with what is bundled into it, and what builds and tests it
//   node .ci/sbom.mjs --check         nothing is written; 1 when a package breaks a rule
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const REGISTRY = "https://registry.npmjs.org/";

/** Packages for other platforms, optional and never installed where the lock file was made: npm has no digest of them there. */
const WITHOUT_INTEGRITY = new Set([
  "node_modules/@biomejs/cli-android-arm64",
  "node_modules/@biomejs/cli-android-x64",
  "node_modules/@biomejs/cli-darwin-arm64",
  "node_modules/@biomejs/cli-darwin-x64",
  "node_modules/@biomejs/cli-linux-arm64-musl",
  "node_modules/@biomejs/cli-linux-x64-musl",
  "node_modules/@biomejs/cli-win32-arm64",
  "node_modules/@biomejs/cli-win32-x64",
  "node_modules/@cloudflare/workerd-darwin-64",
  "node_modules/@cloudflare/workerd-darwin-arm64",
  "node_modules/@cloudflare/workerd-windows-64",
]);

/** Licences of what is shipped: all let it be used and passed on, with their notice. */
const LICENCES =
  /^\(?(?:MIT|ISC|Apache-2\.0|0BSD|BSD-[23]-Clause|CC0-1\.0|BlueOak-1\.0\.0|Unlicense|Python-2\.0)(?: (?:OR|AND) [A-Za-z0-9.-]+)*\)?$/;

const read = (name) => JSON.parse(readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), "utf8"));

/** Packages of a lock file, by path, without the project itself. */
export function packagesOf(lock) {
  return Object.entries(lock.packages)
    .filter(([path]) => path !== "")
    .map(([path, entry]) => ({
      path,
      name: entry.name ?? path.slice(path.lastIndexOf("node_modules/") + 13),
      ...entry,
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What breaks a rule, one line each. */
export function faultsOf(manifest, lock) {
  const faults = [];
  const allowed = manifest.allowScripts ?? {};
  for (const { path, name, resolved, integrity, hasInstallScript, license, dev, devOptional } of packagesOf(lock)) {
    if (hasInstallScript && allowed[name] === undefined)
      faults.push(`${path}: has a script for installing that nobody decided about`);
    // npm writes an address only where it is not the registry's.
    if (resolved !== undefined && !resolved.startsWith(REGISTRY)) faults.push(`${path}: comes from ${resolved}`);
    const isKnown = WITHOUT_INTEGRITY.has(path);
    if (isKnown && integrity !== undefined) faults.push(`${path}: has a digest now, and needs no exception`);
    if (isKnown) continue;
    if (!integrity?.startsWith("sha512-")) faults.push(`${path}: has no SHA-512`);
    if (!dev && !devOptional && !LICENCES.test(license ?? "")) faults.push(`${path}: has the licence ${license}`);
  }
  for (const name of Object.keys(allowed)) {
    if (!packagesOf(lock).some((one) => one.name === name && one.hasInstallScript))
      faults.push(`allowScripts: ${name} has none`);
  }
  return faults;
}

/** CycloneDX, without a time and with a serial number made from the content, so that it can be compared. */
export function bomOf(manifest, lock, withDev) {
  const components = packagesOf(lock)
    .filter(({ dev, devOptional }) => withDev || !(dev || devOptional))
    .map(({ path, name, version, license, integrity, resolved, dev, optional }) => ({
      type: "library",
      "bom-ref": path,
      name,
      version,
      scope: dev ? "excluded" : optional ? "optional" : "required",
      purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
      ...(license && {
        licenses: [/ (OR|AND) /.test(license) ? { expression: license } : { license: { id: license } }],
      }),
      ...(integrity && {
        hashes: [{ alg: "SHA-512", content: Buffer.from(integrity.slice(7), "base64").toString("hex") }],
      }),
      ...(resolved && { externalReferences: [{ type: "distribution", url: resolved }] }),
    }));
  const { name, version, description, license } = manifest;
  const digest = createHash("sha256").update(JSON.stringify(components)).digest("hex");
  const serial = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `5${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ];
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${serial.join("-")}`,
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": name,
        name,
        version,
        description,
        licenses: [{ license: { id: license } }],
      },
    },
    components,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [manifest, lock] = [read("package.json"), read("package-lock.json")];
  if (process.argv.includes("--check")) {
    const faults = faultsOf(manifest, lock);
    for (const fault of faults) console.error(fault);
    process.exitCode = faults.length > 0 ? 1 : 0;
  } else console.log(JSON.stringify(bomOf(manifest, lock, process.argv.includes("--all")), null, 2));
}
