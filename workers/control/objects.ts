/** The Durable Object classes that the control plane keeps its own state in. */
export {};
