/** The Durable Object classes that the control plane keeps its own state in. */
export { AccessControl } from "../../durable-objects/access-control/access-control.ts";
export { ClusterWatch } from "../../durable-objects/cluster-watch/cluster-watch.ts";
export { EventHub } from "../../durable-objects/event-hub/event-hub.ts";
export { Registry } from "../../durable-objects/registry/registry.ts";
export { ServiceHistory } from "../../durable-objects/service-history/service-history.ts";
