import type { World } from "../../../../src/cli/simulate/catalogue.ts";

/** Two clouds with three endpoints; one says no region. */
export const WORLD: World = {
  places: [
    { id: "one", service: "shop", cloud: "aws", region: "us-east-1" },
    { id: "two", service: "shop", cloud: "aws", region: "eu-west-1" },
    { id: "gcp", service: "shop", cloud: "gcp", region: "" },
  ],
  regions: ["enam", "weur", "apac"],
  atMs: 30_000,
  forMs: 60_000,
};
