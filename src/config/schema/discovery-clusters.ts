/** Kubernetes clusters that are watched. */
import * as z from "zod";
import { plainUrl } from "./discovery-found.ts";
import { kubernetesName } from "./discovery-kubernetes.ts";
import { duration } from "./duration.ts";
import { recordOf } from "./finding.ts";
import { NAME_MESSAGE, NAME_PATTERN } from "./names.ts";
import { derived, required, setting, withDefaults } from "./setting.ts";

const place = (text: string) =>
  setting(
    z
      .string()
      .max(64)
      .regex(/^[\x20-\x7e]*$/, { error: "must be plain text" }),
    text,
    "",
    "unknown",
  );

const cluster = z.strictObject({
  apiServer: required(plainUrl, "URL of the API server."),
  ...withDefaults({
    tokenSecret: derived(
      z.string().regex(/^CLUSTER_TOKEN_[A-Z0-9_]{1,64}$/, {
        error: "must be the name of a secret: CLUSTER_TOKEN_ and capitals, digits or _",
      }),
      "Name of the control Worker's secret that holds the bearer token; never the token itself.",
      "CLUSTER_TOKEN_ and the name in capitals",
    ),
    binding: setting(
      z.string().regex(/^(|CLUSTER_[A-Z0-9_]{1,64})$/, { error: "must be CLUSTER_ and capitals, digits or _" }),
      "Binding of the control Worker to fetch through, such as a VPC service, for API servers with a private address.",
      "",
      "the open Internet",
    ),
    namespaces: setting(
      z.array(kubernetesName()).max(32),
      "Namespaces to watch one by one, with a token that may read no others.",
      [],
      "all of the cluster, by one watch",
    ),
    cloud: place("Provider of its nodes; as of endpoints."),
    region: place("Region of its nodes; zones come from the cluster."),
    pageSize: setting(z.int().min(1).max(1_000), "Objects per page of a list.", 500, "as in client-go"),
    watch: setting(
      duration("10s", "5m"),
      "Length of one watch.",
      "4m",
      "API servers end them after five to ten minutes",
    ),
    timeout: setting(duration("1s", "1m"), "The API server has so long to begin an answer.", "10s", "lists are large"),
  }),
});

export const clustersSchema = recordOf(NAME_PATTERN, NAME_MESSAGE, cluster);
