import type { RunCommand } from "../command.ts";
import { countOf, reportFaults } from "../config/faults-report.ts";
import { findConfig, shownPath } from "../config/find-config.ts";
import { loadConfig } from "../config/load-config.ts";

/** `heddle validate [FILE]`: 0 and a line of what the config holds, or 1 and all its faults. */
export const validate: RunCommand = async (args, terminal) => {
  const path = findConfig(args.positionals[0] ?? args.option("config"), terminal.env);
  const loaded = await loadConfig(path, Date.now());
  if (!loaded.ok) {
    reportFaults(path, loaded.faults, args.has("json"), terminal);
    return 1;
  }
  const { version, services, routes } = loaded.mesh;
  const endpoints = services.reduce((total, service) => total + service.endpoints.length, 0);
  if (args.has("json")) {
    const counts = { services: services.length, endpoints, routes: routes.length };
    terminal.out(JSON.stringify({ ok: true, file: shownPath(path), version, ...counts }));
  } else {
    const contents = [
      countOf(services.length, "service"),
      countOf(endpoints, "endpoint"),
      countOf(routes.length, "route"),
    ];
    terminal.out(`${terminal.paint.green("ok")} ${shownPath(path)}: ${contents.join(", ")} (version ${version})`);
  }
  return 0;
};
