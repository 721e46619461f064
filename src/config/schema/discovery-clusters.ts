/** Kubernetes clusters that services may be watched in. */
import * as z from "zod";
import { plainUrl } from "./discovery-found.ts";
import { recordOf } from "./finding.ts";
import { NAME_MESSAGE, NAME_PATTERN } from "./names.ts";
import { required } from "./setting.ts";

const cluster = z.strictObject({
  server: required(plainUrl, "URL of the API server, reachable from Workers."),
  token: required(
    z
      .string()
      .regex(/^HEDDLE_[A-Z0-9_]{1,120}$/, { error: "must be the name of a secret: HEDDLE_ and capital letters" }),
    "Name of the control Worker's secret that holds the bearer token, such as HEDDLE_CLUSTER_EAST. Never the token itself.",
  ),
});

export const clustersSchema = recordOf(NAME_PATTERN, NAME_MESSAGE, cluster);
