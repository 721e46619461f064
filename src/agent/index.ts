/** heddle/agent: registers an instance of a service with the mesh. Node 20 or later, or anything with fetch. No dependencies. */
export type { Agent, AgentOptions, AgentState } from "./agent.ts";
export { register } from "./agent.ts";
