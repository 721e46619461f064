/** The Durable Object classes that the control plane keeps its own state in. */
export { AccessControl } from "../../durable-objects/access-control/access-control.ts";
export { ClusterWatch } from "../../durable-objects/cluster-watch/cluster-watch.ts";
export { Registry } from "../../durable-objects/registry/registry.ts";
