/** Builds the dashboard into dist/dashboard. Run by `npm run build:dashboard`. */
import { buildDashboard } from "./dashboard-folder.ts";

await buildDashboard();
