import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** One script, one style, one font: nothing inline, so that the policy of the page can be strict. */
export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  publicDir: "public",
  cacheDir: fileURLToPath(new URL("../../../node_modules/.vite/dashboard", import.meta.url)),
  build: {
    outDir: fileURLToPath(new URL("../../../dist/dashboard", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
});
