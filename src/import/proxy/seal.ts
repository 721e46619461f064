/** The last look at an imported config: what the schema still has against it is said, and never hidden. */
import { decodeConfig } from "../../config/decode.ts";
import { withPlaintextSaid } from "../plaintext.ts";
import { type Finding, type ImportResult, sortFindings } from "../report.ts";

/** The result, with every fault of the config as a finding of its own. Never throws. */
export function sealed(given: ImportResult["config"], own: readonly Finding[]): ImportResult {
  const { config, findings } = withPlaintextSaid({ config: given, findings: own });
  const decoded = decodeConfig(config);
  const faults = decoded.ok ? [] : decoded.faults;
  const unfit = faults.map(
    ({ path, message }): Finding => ({
      file: "",
      kind: "Config",
      name: "heddle.yaml",
      path,
      severity: "invalid",
      reason: "UnfitConfig",
      message,
    }),
  );
  return { config, findings: sortFindings([...findings, ...unfit]) };
}
